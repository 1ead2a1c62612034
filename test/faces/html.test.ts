// Protects: text of the host stays text on a page: it ends no element and no attribute, and shows every character that cannot be seen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { escapeFieldValue, escapeHtml } from '../../src/faces/html.ts';

test('characters of markup are entities', () => {
  assert.equal(escapeHtml(`<a href="x">'&'</a>`), '&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;');
});

test('plain text stays as it is, of any script', () => {
  for (const text of ['', 'leaky-svc', '10.1.2.3:80', 'a b/c\\d~', 'grüße', 'שלום', '日本', '🦊'])
    assert.equal(escapeHtml(text), text);
});

test('characters that cannot be seen are spelled out, those beyond 16 bits as one', () => {
  assert.equal(escapeHtml('a\0\n\x1b\x7f\x9f'), 'a\\x00\\x0a\\x1b\\x7f\\x9f');
  assert.equal(escapeHtml('\u202egnp.exe'), '\\u{202e}gnp.exe');
  assert.equal(escapeHtml('\u{e0041}'), '\\u{e0041}');
  assert.equal(escapeHtml('\u2028\u2029'), '\\u{2028}\\u{2029}');
});

test('the value of a field is the same when a browser has read it', () => {
  const decoded = (html: string): string =>
    html
      .replace(/&#x([0-9a-f]+);/g, (_, digits: string) => String.fromCodePoint(parseInt(digits, 16)))
      .replace(/&(lt|gt|quot|#39);/g, (_, name: string) => ({ lt: '<', gt: '>', quot: '"' })[name] ?? "'")
      .replaceAll('&amp;', '&');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      const html = escapeFieldValue(text);
      assert.doesNotMatch(html, /[<>"'\p{Cc}\p{Cf}]/u);
      assert.equal(decoded(html), text);
    }),
  );
});
