"""How a page looks: calm, light, on paper as on the screen."""

STYLE = """\
:root { color-scheme: light; --ink: #1f2933; --quiet: #5b6770; --line: #e0e5ea; --alarm: #b23c0a; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1040px; padding: 32px 32px 64px; background: #fff; color: var(--ink);
  font: 15px/1.5 "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif; }
header { border-bottom: 2px solid var(--ink); margin-bottom: 24px; }
h1 { font-size: 28px; line-height: 1.2; margin: 0; }
header p { margin: 6px 0 14px; color: var(--quiet); }
h2 { font-size: 21px; line-height: 1.25; margin: 40px 0 0; padding-top: 12px;
  border-top: 1px solid var(--line); }
h2.pipeline { font-size: 24px; border-top: 0; }
h3 { font-size: 16px; margin: 28px 0 2px; }
.about { margin: 0 0 10px; color: var(--quiet); max-width: 76ch; font-size: 14px; }
.empty { margin: 4px 0; color: var(--quiet); }
.keys { display: flex; flex-wrap: wrap; gap: 8px 32px; margin: 0 0 8px; }
.keys div { min-width: 96px; }
.keys dt { color: var(--quiet); font-size: 13px; }
.keys dd { margin: 0; font-size: 28px; line-height: 1.2; font-weight: 600;
  font-variant-numeric: tabular-nums; }
.keys .alarm dd { color: var(--alarm); }
figure { margin: 8px 0 12px; }
figcaption { font-size: 14px; font-weight: 600; }
figure svg { display: block; max-width: 100%; height: auto; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; min-width: 60%; font-size: 14px; line-height: 1.35; }
th, td { padding: 5px 14px 5px 0; text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--line); }
th:last-child, td:last-child { padding-right: 0; }
thead th { font-weight: 600; color: var(--quiet); font-size: 13px; vertical-align: bottom;
  border-bottom: 1px solid var(--ink); }
tbody th { font-weight: 400; }
td, tbody th { overflow-wrap: break-word; max-width: 42ch; }
.time { white-space: nowrap; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
thead .number, thead .time { white-space: normal; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
  white-space: nowrap; }
footer { margin-top: 48px; font-size: 13px; color: var(--quiet); }
footer h2 { color: var(--ink); font-size: 17px; }
footer h3 { color: var(--ink); font-size: 13px; margin: 14px 0 2px; }
footer dl { display: grid; grid-template-columns: minmax(120px, 220px) 1fr; gap: 2px 16px; margin: 0; }
footer dd { margin: 0; }
@media (max-width: 640px) {
  body { padding: 16px 16px 40px; }
  figure { overflow-x: auto; }
  figure svg { min-width: 640px; }
  footer dl { grid-template-columns: 1fr; }
  footer dd { margin-bottom: 6px; }
}
@media print {
  @page { margin: 14mm; }
  body { padding: 0; max-width: none; font-size: 11px; }
  h1 { font-size: 20px; }
  h2, h2.pipeline { font-size: 16px; margin-top: 24px; }
  h3 { font-size: 12.5px; margin-top: 16px; }
  .about, thead th, figcaption, .keys dt { font-size: 10px; }
  .keys dd { font-size: 20px; }
  table { font-size: 10px; }
  th, td { padding-top: 3px; padding-bottom: 3px; }
  .wide { overflow: visible; }
  thead { display: table-header-group; }
  tr, figure, .keys { break-inside: avoid; }
  h2, h3, .about { break-after: avoid; }
}
"""
