"""The hierarchy table of the phantom (see `regions` for how it is read)."""

TREE = """
root | root | #ffffff
  grey | Basic cell groups and regions | #bfdae3
    CH | Cerebrum | #b0dcd8
      CTX | Cerebral cortex | #a8e0c8
        CTXpl | Cortical plate | #7fd8b8
          Isocortex | Isocortex | #6cc9a8
            FRP | Frontal pole | #2f8f86
            MO | Somatomotor areas | #2f9a7d
              MOp | Primary motor area | #3fae8a
              MOs | Secondary motor area | #26857a
            SS | Somatosensory areas | #3aa85e
              SSp | Primary somatosensory area | #3fb166
                SSp-n | Primary somatosensory area, nose | #4fc07c
                SSp-bfd | Primary somatosensory area, barrel field | #2f9e58
                SSp-ll | Primary somatosensory area, lower limb | #57b868
                SSp-m | Primary somatosensory area, mouth | #3aa96e
                SSp-ul | Primary somatosensory area, upper limb | #2f9148
                SSp-tr | Primary somatosensory area, trunk | #77c274
              SSs | Supplemental somatosensory area | #66c49b
            GU | Gustatory area | #1f8a6b
            AUD | Auditory areas | #1a7f9c
              AUDp | Primary auditory area | #1c88a8
              AUDd | Dorsal auditory area | #3aa5bd
            VIS | Visual areas | #2f97a8
              VISp | Primary visual area | #27a1a6
              VISl | Lateral visual area | #52bcc0
              VISam | Anteromedial visual area | #1b8690
            PTLp | Posterior parietal association area | #5fb9a4
            ACA | Anterior cingulate area | #4aa89f
              ACAd | Anterior cingulate area, dorsal part | #55b5a8
              ACAv | Anterior cingulate area, ventral part | #3a958f
            PL | Prelimbic area | #3c9f8c
            ILA | Infralimbic area | #64b8a0
            ORB | Orbital area | #37889a
            AI | Agranular insular area | #3a8f96
              AId | Agranular insular area, dorsal part | #4aa3a6
              AIp | Agranular insular area, posterior part | #2f848e
            RSP | Retrosplenial area | #2f8fa0
              RSPd | Retrosplenial area, dorsal part | #43a3b0
              RSPv | Retrosplenial area, ventral part | #237c93
            TEa | Temporal association area | #2c9cb4
            ECT | Ectorhinal area | #2a8577
          OLF | Olfactory areas | #9cd0b0
            MOB | Main olfactory bulb | #97c99d
              MOBgl | Main olfactory bulb, glomerular layer | #7db58a
              MOBopl | Main olfactory bulb, outer plexiform layer | #a8d8b0
              MOBmi | Main olfactory bulb, mitral layer | #5f9c72
              MOBgr | Main olfactory bulb, granule layer | #8ec79b
            AOB | Accessory olfactory bulb | #b5deb4
            AON | Anterior olfactory nucleus | #74bda2
              AON1 | Anterior olfactory nucleus, layer 1 | #8accb3
              AON2 | Anterior olfactory nucleus, layer 2 | #5fae92
            PIR | Piriform area | #6cbf99
              PIR1 | Piriform area, molecular layer | #8bd2b0
              PIR2 | Piriform area, pyramidal layer | #479c78
              PIR3 | Piriform area, polymorph layer | #6bbd98
            COA | Cortical amygdalar area | #8ccfa2
          HPF | Hippocampal formation | #8fcf6a
            HIP | Hippocampal region | #84c963
              CA | Ammon's horn | #7cc55c
                CA1 | Field CA1 | #79c95f
                  CA1so | Field CA1, stratum oriens | #a4dd83
                  CA1sp | Field CA1, pyramidal layer | #4f9e3b
                  CA1sr | Field CA1, stratum radiatum | #8bd06b
                  CA1slm | Field CA1, stratum lacunosum-moleculare | #74bf5c
                CA2 | Field CA2 | #b7d764
                  CA2so | Field CA2, stratum oriens | #cfe58c
                  CA2sp | Field CA2, pyramidal layer | #8fb53c
                  CA2sr | Field CA2, stratum radiatum | #bedb72
                CA3 | Field CA3 | #63b56a
                  CA3so | Field CA3, stratum oriens | #93d193
                  CA3sp | Field CA3, pyramidal layer | #378a4d
                  CA3sr | Field CA3, stratum radiatum | #72c078
              DG | Dentate gyrus | #5fae4c
                DG-mo | Dentate gyrus, molecular layer | #a9d86e
                DG-sg | Dentate gyrus, granule cell layer | #2f7a35
                DG-po | Dentate gyrus, polymorph layer | #6fb85c
            RHP | Retrohippocampal region | #57b98a
              ENT | Entorhinal area | #4fb488
                ENTl | Entorhinal area, lateral part | #5fc096
                  ENTl1 | Entorhinal area, lateral part, layer 1 | #85d3b0
                  ENTl2 | Entorhinal area, lateral part, layers 2-3 | #5cbd94
                  ENTl5 | Entorhinal area, lateral part, layers 5-6 | #3f9f78
                ENTm | Entorhinal area, medial part | #3ba37a
                  ENTm1 | Entorhinal area, medial part, layer 1 | #6cc5a0
                  ENTm2 | Entorhinal area, medial part, layers 2-3 | #3da37c
                  ENTm5 | Entorhinal area, medial part, layers 5-6 | #2a8563
              SUB | Subiculum | #58c08f
        CTXsp | Cortical subplate | #8ed8a0
          CLA | Claustrum | #7fce92
          EPd | Endopiriform nucleus | #a3dfae
          LA | Lateral amygdalar nucleus | #93dca4
          BLA | Basolateral amygdalar nucleus | #79c98d
          BMA | Basomedial amygdalar nucleus | #a9e2b4
      CNU | Cerebral nuclei | #98c6f0
        STR | Striatum | #92c5ee
          STRd | Striatum, dorsal region | #8fc3ec
            CP | Caudoputamen | #94c7ee
          STRv | Striatum, ventral region | #72b4e6
            ACB | Nucleus accumbens | #6fb0e2
            OT | Olfactory tubercle | #86bdea
          LSX | Lateral septal complex | #84b6e0
            LSr | Lateral septal nucleus, rostral part | #86bbe4
            LSc | Lateral septal nucleus, caudal part | #9ccbec
          sAMY | Striatum-like amygdalar nuclei | #7cb4e4
            CEA | Central amygdalar nucleus | #82bfe8
            MEA | Medial amygdalar nucleus | #6aa7dc
        PAL | Pallidum | #8299cf
          PALd | Pallidum, dorsal region | #8496cc
            GPe | Globus pallidus, external segment | #8aa0d6
            GPi | Globus pallidus, internal segment | #7086c2
          PALv | Pallidum, ventral region | #a0aede
            SI | Substantia innominata | #9fb2e0
          PALm | Pallidum, medial region | #8a9ad6
            MS | Medial septal nucleus | #8f9bd8
            NDB | Diagonal band nucleus | #7789c8
          PALc | Pallidum, caudal region | #a3a4dc
            BST | Bed nuclei of the stria terminalis | #a6a9de
    BS | Brain stem | #f0a0a8
      IB | Interbrain | #f28a94
        TH | Thalamus | #f28a9a
          DORsm | Thalamus, sensory-motor cortex related | #f2858f
            VENT | Ventral group of the dorsal thalamus | #f07f8a
              VAL | Ventral anterior-lateral complex | #ef8f92
              VM | Ventral medial nucleus | #f6a7a4
              VPL | Ventral posterolateral nucleus | #e8707f
              VPM | Ventral posteromedial nucleus | #f48a98
            GENd | Geniculate group, dorsal thalamus | #e77a94
              MG | Medial geniculate complex | #e0708c
              LGd | Lateral geniculate complex, dorsal part | #ee8fa4
          DORpm | Thalamus, polymodal association cortex related | #f39aae
            LAT | Lateral group of the dorsal thalamus | #f291ac
              LP | Lateral posterior nucleus | #f7a9c0
              PO | Posterior complex | #ea85a6
            ATN | Anterior group of the dorsal thalamus | #f4a2a0
              AV | Anteroventral nucleus | #f6b0aa
              AM | Anteromedial nucleus | #ec9490
              AD | Anterodorsal nucleus | #e48286
              LD | Lateral dorsal nucleus | #f9bcb6
            MED | Medial group of the dorsal thalamus | #f0a2b8
              MD | Mediodorsal nucleus | #f2a0ba
              PVT | Paraventricular nucleus of the thalamus | #d9708f
            ILM | Intralaminar nuclei | #e98fa0
              CM | Central medial nucleus | #dc7a8e
              RE | Nucleus of reuniens | #f5b4be
              PF | Parafascicular nucleus | #e593a6
            RT | Reticular nucleus of the thalamus | #d8647a
            GENv | Geniculate group, ventral thalamus | #d97c92
              LGv | Lateral geniculate complex, ventral part | #dc8298
            EPI | Epithalamus | #c9637c
              MH | Medial habenula | #b9506c
              LH | Lateral habenula | #d47a90
        HY | Hypothalamus | #e26a55
          PVZ | Periventricular zone | #e8614a
            PVH | Paraventricular hypothalamic nucleus | #d24f3e
            ARH | Arcuate hypothalamic nucleus | #e87a5c
            SFO | Subfornical organ
          PVR | Periventricular region | #ee7f62
            DMH | Dorsomedial nucleus of the hypothalamus | #f08c6c
            MPO | Medial preoptic area | #e9745f
            SCH | Suprachiasmatic nucleus | #c8432f
          MEZ | Hypothalamic medial zone | #dc5d48
            AHN | Anterior hypothalamic nucleus | #de6650
            VMH | Ventromedial hypothalamic nucleus | #cd5040
            PH | Posterior hypothalamic nucleus | #ea8a78
            MBO | Mammillary body | #d7553f
              MM | Medial mammillary nucleus | #da5b48
          LZ | Hypothalamic lateral zone | #f29a7e
            LHA | Lateral hypothalamic area | #f4a588
            LPO | Lateral preoptic area | #f0906f
            STN | Subthalamic nucleus | #d86c50
            ZI | Zona incerta | #f5b398
            TU | Tuberal nucleus | #e99878
      MB | Midbrain | #d59adf
        MBsen | Midbrain, sensory related | #b98ae0
          SC | Superior colliculus, sensory and motor | #b184de
            SCs | Superior colliculus, superficial layers | #a776da
            SCm | Superior colliculus, motor layers | #c3a0e8
          IC | Inferior colliculus | #9a74cf
            ICc | Inferior colliculus, central nucleus | #8f68c6
            ICe | Inferior colliculus, external nucleus | #ad8cda
          NB | Nucleus of the brachium of the inferior colliculus | #7f57b8
        MBmot | Midbrain, motor related | #d58fd2
          MRN | Midbrain reticular nucleus | #d9a2dc
          PAG | Periaqueductal gray | #c07cc8
          RN | Red nucleus | #c85fb0
          SNr | Substantia nigra, reticular part | #b667b8
          VTA | Ventral tegmental area | #e09ad0
          APN | Anterior pretectal nucleus | #cf8fe0
          CUN | Cuneiform nucleus | #bd80d6
        MBsta | Midbrain, behavioural state related | #e0a0e0
          SNc | Substantia nigra, compact part | #96489e
          IPN | Interpeduncular nucleus | #e4a8dc
          DR | Dorsal nucleus raphe | #a95cb0
      HB | Hindbrain | #f5b485
        P | Pons | #f7b98c
          Psen | Pons, sensory related | #f2a878
            NLL | Nucleus of the lateral lemniscus | #eb9a66
            PSV | Principal sensory nucleus of the trigeminal | #f5b27e
            PB | Parabrachial nucleus | #e98e5e
            SOC | Superior olivary complex | #e08552
          Pmot | Pons, motor related | #f9c49a
            PG | Pontine gray | #ec9c62
            TRN | Tegmental reticular nucleus | #f7cda6
            V | Motor nucleus of the trigeminal | #d97f4e
          Psat | Pons, behavioural state related | #f3b7a0
            LC | Locus ceruleus | #c96a4a
            PRN | Pontine reticular nucleus | #f8c39e
            CS | Superior central nucleus raphe | #e7a184
        MY | Medulla | #f7a6a0
          MYsen | Medulla, sensory related | #f5a29a
            CN | Cochlear nuclei | #e88d88
              DCO | Dorsal cochlear nucleus | #e58782
              VCO | Ventral cochlear nucleus | #f0a39c
            DCN | Dorsal column nuclei | #dd8f84
              CU | Cuneate nucleus | #e2968a
              GR | Gracile nucleus | #cf7f76
            NTS | Nucleus of the solitary tract | #ef9a84
            SPV | Spinal nucleus of the trigeminal | #f4aca6
            AP | Area postrema
          MYmot | Medulla, motor related | #f9b4a4
            VII | Facial motor nucleus | #e58a70
            XII | Hypoglossal nucleus | #d97a68
            AMB | Nucleus ambiguus | #ce6f62
            IO | Inferior olivary complex | #ee9478
            LRN | Lateral reticular nucleus | #f0a890
            GRN | Gigantocellular reticular nucleus | #fbc3b4
            PARN | Parvicellular reticular nucleus | #f8b8ae
            VNC | Vestibular nuclei | #ea9c8c
              MV | Medial vestibular nucleus | #ec9e8a
              LAV | Lateral vestibular nucleus | #de8c7c
          MYsat | Medulla, behavioural state related | #f2a8b0
            RM | Nucleus raphe magnus | #e597a2
    CB | Cerebellum | #f3e08a
      CBX | Cerebellar cortex | #f2e08c
        VERM | Vermal regions | #f5e28e
          CUL | Culmen, lobules I-V | #f2d877
            CULmo | Culmen, molecular layer | #f6e59a
            CULgr | Culmen, granular layer | #dcbc4e
          DEC | Declive, folium and tuber, lobules VI-VII | #f7e9a4
            DECmo | Declive, folium and tuber, molecular layer | #faefb8
            DECgr | Declive, folium and tuber, granular layer | #e3c969
          PYR | Pyramus, lobule VIII | #eed36a
            PYRmo | Pyramus, molecular layer | #f3de88
            PYRgr | Pyramus, granular layer | #d4b244
          UVU | Uvula and nodulus, lobules IX-X | #f5de90
            UVUmo | Uvula and nodulus, molecular layer | #f8e8ac
            UVUgr | Uvula and nodulus, granular layer | #deC05c
        HEM | Hemispheric regions | #efd88a
          SIM | Simple lobule | #f4e39c
            SIMmo | Simple lobule, molecular layer | #f7eab2
            SIMgr | Simple lobule, granular layer | #dfc465
          AN | Ansiform lobule | #ecd27a
            ANmo | Ansiform lobule, molecular layer | #f1de96
            ANgr | Ansiform lobule, granular layer | #d0ae4a
          PRM | Paramedian lobule | #f6e7ac
            PRMmo | Paramedian lobule, molecular layer | #f9eec0
            PRMgr | Paramedian lobule, granular layer | #e0c872
          PFL | Paraflocculus and flocculus | #eacb70
            PFLmo | Paraflocculus and flocculus, molecular layer | #efd88c
            PFLgr | Paraflocculus and flocculus, granular layer | #cda944
      CBN | Cerebellar nuclei | #e8cc7a
        FN | Fastigial nucleus | #e6c46a
        IP | Interposed nucleus | #d9b65c
        DN | Dentate nucleus | #eed588
    SPC | Spinal cord | #e8d8c8
  fiber | Fiber tracts | #cccccc
    cranial | Cranial nerves | #c6c6c6
      onl | Olfactory nerve layer of the main olfactory bulb | #d6d6d2
      opt | Optic tract | #bcbcbc
      och | Optic chiasm | #c4c4c4
      sptV | Spinal tract of the trigeminal nerve | #d0cec8
    cbf | Cerebellum related fiber tracts | #d4d2c8
      arb | Arbor vitae | #d9d7cc
      mcp | Middle cerebellar peduncle | #c8c6bc
    lfbs | Lateral forebrain bundle system | #c2c2c2
      cc | Corpus callosum | #d2d2d2
        fa | Corpus callosum, anterior forceps | #dadada
        ccb | Corpus callosum, body | #d0d0d0
        ec | External capsule | #c2c2c6
        fp | Corpus callosum, posterior forceps | #d8d8dc
      cst | Corticospinal tract | #bababa
        ic | Internal capsule | #b6b6b6
        cpd | Cerebral peduncle | #c0c0c0
        py | Pyramidal tract | #aeaeae
    mfbs | Medial forebrain bundle system | #b8b8b8
      aco | Anterior commissure, olfactory limb | #bdbdbd
      act | Anterior commissure, temporal limb | #b0b0b0
      cing | Cingulum bundle | #c9c9c9
      alv | Alveus | #dcdcdc
      fi | Fimbria | #b4b4b4
      fx | Fornix | #a8a8a8
      fr | Fasciculus retroflexus | #c0bcbc
      sm | Stria medullaris | #cac6c6
  VS | Ventricular systems | #9a9a9e
    VL | Lateral ventricle | #8e8e94
      SEZ | Subependymal zone | #a6a6ac
      chpl | Choroid plexus
    V3 | Third ventricle | #86868c
    AQ | Cerebral aqueduct | #929298
    V4 | Fourth ventricle | #7e7e84
  grv | Grooves | #b0a8a0
    rf | Rhinal fissure
"""
"""One region a line, two spaces of indentation a level."""
