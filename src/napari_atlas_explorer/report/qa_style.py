"""Looks of the QA page, for light and dark, and the few lines of script that filter it."""

from __future__ import annotations

STYLE = """
:root{--page:#fff;--ink:#16181d;--muted:#5c616b;--line:#d9dce2;--card:#f6f7f9;
--error:#b3122f;--warning:#8a5300;--info:#1d5c96;--known:#5c616b;--pass:#17693a;--fail:#b3122f;
--unsure:#8a5300}
@media(prefers-color-scheme:dark){:root{--page:#121317;--ink:#eceef2;--muted:#a6abb5;--line:#33363f;
--card:#1c1e24;--error:#ff7a8e;--warning:#f0b45a;--info:#7db8f0;--known:#a6abb5;--pass:#6ccf92;
--fail:#ff7a8e;--unsure:#f0b45a}}
body{margin:0;background:var(--page);color:var(--ink);
font:15px/1.5 system-ui,Helvetica,Arial,sans-serif}
main{max-width:1100px;margin:0 auto;padding:24px 20px 60px}
h1{font-size:26px;margin:0 0 12px}h2{font-size:17px;margin:34px 0 10px;font-weight:600}
h2 .muted{font-weight:400;font-size:14px}
table{border-collapse:collapse}th{text-align:left;font-weight:500;color:var(--muted);
padding:1px 18px 1px 0;vertical-align:top}td{padding:2px 14px 2px 0;vertical-align:top;
overflow-wrap:anywhere}.lines{font-size:14px;width:100%}.lines tr{border-top:1px solid var(--line)}
.muted{color:var(--muted)}code,pre{font:13px ui-monospace,Menlo,Consolas,monospace}
pre{background:var(--page);border:1px solid var(--line);border-radius:4px;padding:6px 9px;
margin:8px 0 0;white-space:pre-wrap;overflow-wrap:anywhere}
.summary{display:flex;gap:10px;flex-wrap:wrap;align-items:center;margin:20px 0}
.badge{font:inherit;border:1px solid currentColor;border-radius:99px;padding:2px 13px;
background:none;cursor:pointer}.badge[aria-pressed=false]{opacity:.45;text-decoration:line-through}
.error{color:var(--error)}.warning{color:var(--warning)}.info{color:var(--info)}
.known{color:var(--known)}.pass{color:var(--pass)}.fail{color:var(--fail)}
.unsure{color:var(--unsure)}
article{color:var(--ink)!important;background:var(--card);border-left:4px solid var(--line);
border-radius:4px;padding:10px 14px;margin:10px 0}article p{margin:0 0 6px}
article.error{border-color:var(--error)}article.warning{border-color:var(--warning)}
article.info{border-color:var(--info)}.tag{font-size:13px;font-weight:600}
.mend{color:var(--muted)}img{max-width:100%;border-radius:3px;display:block}
.chart{display:block;margin:8px 0 0;max-width:100%;font-size:11px}
.chart text{fill:var(--ink)}.axis{stroke:var(--muted);fill:none}.curve{stroke:var(--info);
fill:none;stroke-width:1.4}.limit{stroke:var(--error);stroke-dasharray:4 3}.bar{fill:var(--info)}
.box{fill:none;stroke-width:1.6}.box.b0{stroke:var(--info)}.box.b1{stroke:var(--error)}
.box.b2{stroke:var(--warning)}.box.b3{stroke:var(--pass)}.chart text.b0{fill:var(--info)}
.chart text.b1{fill:var(--error)}.chart text.b2{fill:var(--warning)}
.chart text.b3{fill:var(--pass)}
.not-run td{color:var(--muted)}.found td:first-child{color:var(--warning)}
.passed td:first-child{color:var(--pass)}summary{cursor:pointer}
@media print{.badge{border:0}details>*{display:block}}
""".strip()

SCRIPT = """
for(const b of document.querySelectorAll('button.badge'))b.addEventListener('click',()=>{
const on=b.getAttribute('aria-pressed')!=='true';b.setAttribute('aria-pressed',on);
for(const e of document.querySelectorAll('[data-severity="'+b.dataset.severity+'"]'))
if(e!==b)e.hidden=!on;
for(const s of document.querySelectorAll('section')){
const all=s.querySelectorAll('[data-severity]');
if(all.length)s.hidden=[...all].every(e=>e.hidden)}})
""".strip()
