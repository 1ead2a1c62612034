/** How a table looks: rows of a table where there is room, on a telephone each row by itself with names before its values. */
import type { PageColumn } from './html-columns.ts';

const NARROW = '(max-width: 44rem)';
const WIDE = '(min-width: 44.01rem)';

/** On which side the values of a column stand, and its name where there is no heading above. */
export const columnStyle = (columns: readonly PageColumn[]): string => {
  const sides = columns.map(({ isNumeric }, i) =>
    isNumeric ? `th:nth-child(${i + 1}), td:nth-child(${i + 1}) { text-align: right; }\n` : '',
  );
  const names = columns.map(({ label, isLeading }, i) => {
    const name = `td:nth-child(${i + 1})::before { content: ${styleString(label)}; }\n`;
    return isLeading ? `${name}td:nth-child(${i + 1}) { order: -1; font-weight: 600; }\n` : name;
  });
  return `@media ${WIDE} {\n${sides.join('')}}\n@media ${NARROW} {\n${names.join('')}}\n`;
};

/** A string of a style sheet in which no character of the text stands for anything but itself. */
const styleString = (text: string): string =>
  `"${text.replace(/[^A-Za-z0-9 .-]/gu, character => `\\${character.codePointAt(0)?.toString(16) ?? ''} `)}"`;

export const pageStyle = `
:root {
  color-scheme: light dark;
  --page: #fff; --text: #1f2328; --quiet: #59636e; --line: #d1d9e0; --link: #0969da; --soft: #f3f5f8;
  --unread: #8a4600; --unread-soft: #fff1d6; --read: #b3261e; --read-soft: #ffe9e7; --warning: #fff8dc; --warning-line: #d4a72c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0d1117; --text: #e6edf3; --quiet: #9aa4af; --line: #30363d; --link: #6cb0ff; --soft: #1a212a;
    --unread: #f2b661; --unread-soft: #38290f; --read: #ff9b93; --read-soft: #42191a; --warning: #2b2411; --warning-line: #9e7a1c;
  }
}
* { box-sizing: border-box; }
body { margin: 0; padding: 0 1.5rem 2rem; font: 15px/1.5 system-ui, sans-serif; background: var(--page); color: var(--text); }
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
header { max-width: 84rem; }
nav { display: flex; flex-wrap: wrap; gap: 0 1.1rem; padding: .7rem 0; border-bottom: 1px solid var(--line); }
nav a { padding: .15rem 0; }
nav a:first-child { color: var(--quiet); margin-right: .5rem; }
nav a[aria-current] { color: var(--text); font-weight: 600; box-shadow: 0 2px var(--link); }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 1.1rem 0 .3rem; }
h1 small { font-size: .9rem; font-weight: 400; color: var(--quiet); }
h2 { font-size: 1rem; margin: 0; }
p { margin: .35rem 0; }
header p, header li { overflow-wrap: anywhere; }
b { unicode-bidi: isolate; font-variant-numeric: tabular-nums; }
.found { font-size: 1.1rem; max-height: 12em; overflow: auto; }
.told ul { margin: .1rem 0 .5rem; padding-left: 1.2rem; }
.read, .unread { display: inline-block; padding: 0 .45em; border-radius: .3em; font-weight: 600; font-size: .92em; }
.read { color: var(--read); background: var(--read-soft); }
.unread { color: var(--unread); background: var(--unread-soft); }
.warning { margin: .8rem 0; padding: .6rem .9rem; border: 1px solid var(--warning-line); border-left-width: .35rem; border-radius: .3rem; background: var(--warning); }
.warning ul { margin: .2rem 0 0; padding-left: 1.2rem; max-height: 20em; overflow: auto; }
.warning span { unicode-bidi: isolate; }
.counts { display: flex; gap: .2rem .8rem; margin: .45rem 0; }
.counts h2 { flex: none; width: 5rem; font-size: .87rem; font-weight: 400; line-height: 1.7rem; color: var(--quiet); }
.counts ul { display: flex; flex-wrap: wrap; gap: .35rem; min-width: 0; margin: 0; padding: 0; list-style: none; }
.counts li { min-width: 0; max-width: 100%; }
.counts li > a, .counts li > span, .counts summary { display: inline-block; max-width: 100%; max-height: 8em; overflow: auto; padding: .1rem .6rem; border-radius: .85rem; font-size: .87rem; line-height: 1.5rem; background: var(--soft); vertical-align: top; }
.counts li > a > span { unicode-bidi: isolate; }
.counts li > a.applied { color: var(--page); background: var(--link); }
.counts details[open] > summary { margin-bottom: .35rem; }
summary { cursor: pointer; color: var(--link); }
.filters { margin: .9rem 0; }
form { display: flex; flex-wrap: wrap; align-items: end; gap: .5rem .7rem; padding: .3rem 0; }
label { display: flex; flex-direction: column; width: 8.4rem; font-size: .82rem; color: var(--quiet); }
input, select, button { width: 100%; padding: .25rem .45rem; font: inherit; font-size: .92rem; line-height: 1.4; height: 2.1rem; color: var(--text); background: var(--page); border: 1px solid var(--line); border-radius: .3rem; }
::placeholder { color: var(--quiet); opacity: .8; }
button { width: auto; padding: .25rem 1.1rem; cursor: pointer; background: var(--soft); }
.send { line-height: 2.1rem; }
.send a { margin-left: .5rem; }
@media ${WIDE} {
  @supports selector(::details-content) {
    .filters > summary { display: none; }
    .filters::details-content { content-visibility: visible; display: block; }
  }
}
footer { color: var(--quiet); font-size: .87rem; margin-top: 1.5rem; }

table { border-collapse: separate; border-spacing: 0; font-size: .82rem; line-height: 1.45; font-variant-numeric: tabular-nums lining-nums; }
th { font-weight: 600; text-align: left; }
th.line { white-space: nowrap; }
th a { color: inherit; }
td a { color: inherit; text-decoration: underline; text-decoration-color: var(--line); text-underline-offset: .2em; }
td a:hover { color: var(--link); text-decoration-color: currentcolor; }
th[aria-sort] a span { color: var(--link); }
.unknown, .zero { color: var(--quiet); }
td.long { overflow-wrap: anywhere; }
td span { unicode-bidi: isolate; }
td span + span::before { content: "· "; color: var(--quiet); }
.huge { max-height: 9em; overflow: auto; }
@media ${WIDE} {
  th, td { padding: .22rem .75rem .22rem 0; vertical-align: top; }
  th { vertical-align: bottom; line-height: 1.25; position: sticky; top: 0; z-index: 1; background: var(--page); border-bottom: 2px solid var(--line); }
  td { border-bottom: 1px solid var(--line); white-space: nowrap; }
  table { margin-left: -1.5rem; }
  th:first-child, td:first-child { position: sticky; left: 0; padding-left: 1.5rem; background: var(--page); }
  th:first-child { z-index: 2; }
  tbody tr:hover td { background: var(--soft); }
  td.long { white-space: normal; min-width: 24rem; max-width: 44rem; }
}
@media ${NARROW} {
  body { padding: 0 .9rem 2rem; }
  table { font-size: .87rem; }
  .counts { flex-direction: column; }
  .counts h2 { width: auto; line-height: 1.4; }
  label { width: calc(50% - .35rem); }
  input, select { font-size: 16px; }
  table, thead, tbody { display: block; }
  thead tr { display: flex; flex-wrap: wrap; gap: .1rem .8rem; padding: .5rem 0; border-bottom: 2px solid var(--line); }
  thead tr::before { content: "Sort by"; color: var(--quiet); }
  thead tr:not(:has(a)) { display: none; }
  th { display: block; font-weight: 400; }
  th a { color: var(--link); }
  th[aria-sort] a { font-weight: 600; color: var(--text); }
  th.fixed { display: none; }
  tbody tr { display: flex; flex-wrap: wrap; gap: .05rem .95rem; padding: .5rem 0; border-bottom: 1px solid var(--line); }
  td { display: block; padding: 0; min-width: 0; overflow-wrap: anywhere; }
  td::before { font-weight: 400; margin-right: .4em; color: var(--quiet); font-size: .92em; }
  td:empty, td.unknown { display: none; }
  td.long { width: 100%; }
}
`;
