"""Questions as people type them, with the region that an anatomist expects first."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from napari_atlas_explorer import RegionMap
from napari_atlas_explorer.atlases.phantom.regions import structures
from napari_atlas_explorer.atlases.synonyms.tables import make_search
from napari_atlas_explorer.core.query.region_search import RegionSearch
from napari_atlas_explorer.formats.tables.regions import load_region_table

ALLEN = {
    # Acronyms, in any case
    "CA1": "CA1",
    "visp": "VISp",
    "vta": "VTA",
    "th": "TH",
    "hpf": "HPF",
    # Names, and their beginnings
    "Thalamus": "TH",
    "nucleus accumbens": "ACB",
    "dentate gyrus": "DG",
    "hippo": "HPF",
    "cerebel": "CB",
    "hypothal": "HY",
    "somatomotor": "MO",
    # What people call it
    "hippocampus": "HIP",
    "visual cortex": "VIS",
    "V1": "VISp",
    "S1": "SSp",
    "M1": "MOp",
    "M2": "MOs",
    "A1": "AUDp",
    "barrel cortex": "SSp-bfd",
    "motor cortex": "MO",
    "auditory cortex": "AUD",
    "somatosensory cortex": "SS",
    "prefrontal cortex": "PL",
    "PFC": "PL",
    "orbitofrontal cortex": "ORB",
    "anterior cingulate cortex": "ACA",
    "entorhinal cortex": "ENT",
    "piriform cortex": "PIR",
    "neocortex": "Isocortex",
    "amygdala": "sAMY",
    "basolateral amygdala": "BLA",
    "central amygdala": "CEA",
    "striatum": "STR",
    "caudate putamen": "CP",
    "NAc": "ACB",
    "globus pallidus": "GPe",
    "substantia nigra": "SNr",
    "substantia nigra pars compacta": "SNc",
    "superior colliculus": "SCs",
    "lateral geniculate nucleus": "LGd",
    "paraventricular thalamus": "PVT",
    "lateral hypothalamus": "LHA",
    "suprachiasmatic nucleus": "SCH",
    # Words in any order, other endings
    "thalamus mediodorsal": "MD",
    "nucleus of the solitary tract": "NTS",
    "amygdala medial": "MEA",
    "gyrus dentatus": "DG",
    "thalamic reticular nucleus": "RT",
    # Parts of what people call it
    "V1 layer 4": "VISp4",
    "barrel cortex layer 5": "SSp-bfd5",
    "hippocampus CA3": "CA3",
    # British and American
    "periaqueductal grey": "PAG",
    "locus coeruleus": "LC",
    # Typing errors
    "thalmus": "TH",
    "hipocampus": "HIP",
    "amigdala": "sAMY",
    "cerebelum": "CB",
    "corpos calosum": "cc",
    "hypothalmus": "HY",
}

PHANTOM = {
    "hippo": "HPF",
    "hippocampus": "HIP",
    "visual cortex": "VIS",
    "V1": "VISp",
    "barrel cortex": "SSp-bfd",
    "prefrontal cortex": "PL",
    "basolateral amygdala": "BLA",
    "caudate putamen": "CP",
    "NAc": "ACB",
    "globus pallidus": "GPe",
    "medial septum": "MS",
    "hippocampus CA3": "CA3",
    "thalmus": "TH",
    "hipocampus": "HIP",
    "stratum radiatum CA1": "CA1sr",
}

CORTEX_AND_NUCLEI = {
    "hippocampus": "Left-Hippocampus",
    "right hippocampus": "Right-Hippocampus",
    "amygdala": "Left-Amygdala",
    "V1": "ctx-lh-pericalcarine",
    "M1": "ctx-lh-precentral",
    "S1": "ctx-lh-postcentral",
    "A1": "ctx-lh-transversetemporal",
    "right V1": "ctx-rh-pericalcarine",
    "precentral gyrus": "ctx-lh-precentral",
    "superior frontal gyrus": "ctx-lh-superiorfrontal",
    "insular cortex": "ctx-lh-insula",
    "entorhinal cortex": "ctx-lh-entorhinal",
    "nucleus accumbens": "Left-Accumbens-area",
    "globus pallidus": "Left-Pallidum",
    "caudate nucleus": "Left-Caudate",
    "striatum": "Left-Caudate",
    "PFC": "ctx-lh-superiorfrontal",
    "thalmus": "Left-Thalamus-Proper",
    "hipocampus": "Left-Hippocampus",
    "brainstem": "Brain-Stem",
}

AAL = {
    "hippocampus": "Hippocampus_L",
    "V1": "Calcarine_L",
    "M1": "Precentral_L",
    "A1": "Heschl_L",
    "SMA": "Supp_Motor_Area_L",
    "supplementary motor area": "Supp_Motor_Area_L",
    "middle temporal gyrus": "Temporal_Mid_L",
    "superior parietal": "Parietal_Sup_L",
    "right amygdala": "Amygdala_R",
    "anterior cingulate cortex": "Cingulate_Ant_L",
    "parahippocampal gyrus": "ParaHippocampal_L",
    "cerebellum": "Cerebelum_Crus1_L",
}

WAXHOLM = {
    "V1": "Primary visual area",
    "S1": "Primary somatosensory area, barrel field",
    "M1": "Primary motor area",
    "hippocampus": "Cornu ammonis 1",
    "CA3": "Cornu ammonis 3",
    "striatum": "Caudate putamen",
    "NAc": "Nucleus accumbens, core",
    "VTA": "Ventral tegmental area",
    "substantia nigra pars compacta": "Substantia nigra, compact part",
    "barrel cortex": "Primary somatosensory area, barrel field",
    "visual cortex": "Primary visual area",
    "prefrontal cortex": "Prelimbic area",
    "LGN": "Dorsal lateral geniculate nucleus",
    "periaqueductal grey": "Periaqueductal gray",
}


def wrong_answers(search: RegionSearch, regions: RegionMap, questions: Mapping[str, str]) -> dict:
    """What comes first where it is not what is expected."""
    firsts = {text: search.find(text).best for text in questions}
    return {
        text: regions.acronym_of_rank(best) if best else None
        for text, best in firsts.items()
        if not best
        or questions[text] not in (regions.acronym_of_rank(best), regions.name_of_rank(best))
    }


@pytest.mark.data
def test_sixty_questions_on_allens_hierarchy(data_folder: Path) -> None:
    regions = RegionMap.load_json(data_folder / "allen_ccfv3_2017" / "1.json")
    assert len(ALLEN) == 60
    assert wrong_answers(make_search(regions), regions, ALLEN) == {}


@pytest.mark.data
@pytest.mark.parametrize(
    ("table", "questions"),
    [
        ("nifti_human/labels_desikan_killiany.csv", CORTEX_AND_NUCLEI),
        ("nifti_human/labels_aal.csv", AAL),
        ("slicer_itksnap/WHS_Atlas_Rat_Brain_v4.label", WAXHOLM),
    ],
)
def test_questions_on_labels_of_the_human_and_the_rat_brain(
    data_folder: Path, table: str, questions: Mapping[str, str]
) -> None:
    regions = load_region_table(data_folder / table)
    assert wrong_answers(make_search(regions), regions, questions) == {}


def test_questions_on_the_sample_atlas() -> None:
    regions = RegionMap.from_structures(structures())
    assert wrong_answers(make_search(regions), regions, PHANTOM) == {}
