/** Reads a page as strictly as it is written: what a browser would put right is an error here. */
import assert from 'node:assert/strict';

export interface Element {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly (Element | string)[];
}

const DOCTYPE = '<!doctype html>\n';
const voidTags = ['meta', 'input'];
const token = /<(\/?)([a-z][a-z0-9]*)((?: [a-z-]+="[^"<>]*")*)>|([^<>]+)|([<>])/g;
const attribute = / ([a-z-]+)="([^"]*)"/g;
const reference = /&(?:(amp|lt|gt|quot)|#(\d+)|#x([0-9a-f]+));|&/g;
const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' };

const decoded = (text: string): string =>
  text.replace(reference, (all, name?: string, decimal?: string, hex?: string) => {
    if (name !== undefined) return named[name] ?? '';
    assert.ok(decimal !== undefined || hex !== undefined, `a bare ${all} in ${text.slice(0, 200)}`);
    return String.fromCodePoint(hex === undefined ? Number(decimal) : parseInt(hex, 16));
  });

export const parsePage = (html: string): Element => {
  assert.ok(html.startsWith(DOCTYPE));
  const top: { tag: string; attributes: Record<string, string>; children: (Element | string)[] } = {
    tag: '',
    attributes: {},
    children: [],
  };
  const open = [top];
  for (const [all, slash, tag, attributes, text, stray] of html.slice(DOCTYPE.length).matchAll(token)) {
    const last = open.at(-1) ?? top;
    // In a style sheet it is a combinator.
    if (last.tag === 'style' && stray === '>') {
      last.children.push(stray);
      continue;
    }
    assert.equal(
      stray,
      undefined,
      `${stray ?? ''} in ${last.tag}, after ${open.map(each => each.tag).join(' ')}`,
    );
    if (text !== undefined) {
      last.children.push(last.tag === 'style' ? text : decoded(text));
    } else if (slash === '/') {
      assert.equal(tag, last.tag, `</${tag ?? ''}> closes <${last.tag}>`);
      assert.equal(attributes, '', all);
      open.pop();
    } else {
      const pairs = [...(attributes ?? '').matchAll(attribute)].map(
        ([, name = '', value = '']) => [name, decoded(value)] as const,
      );
      assert.equal(new Set(pairs.map(([name]) => name)).size, pairs.length, `twice the same in ${all}`);
      const element = { tag: tag ?? '', attributes: Object.fromEntries(pairs), children: [] };
      last.children.push(element);
      if (!voidTags.includes(element.tag)) open.push(element);
    }
  }
  assert.deepEqual(
    open.map(({ tag }) => tag),
    [''],
  );
  const [page, ...others] = top.children.filter(each => typeof each !== 'string');
  assert.ok(page?.tag === 'html' && others.length === 0);
  return page;
};

export const textOf = (element: Element | string): string =>
  typeof element === 'string' ? element : element.children.map(textOf).join('');

/** Of the element and all that is in it, in their order. */
export const elementsOf = (element: Element): readonly Element[] => [
  element,
  ...element.children.flatMap(each => (typeof each === 'string' ? [] : elementsOf(each))),
];

/** By a tag, `.class`, or both. */
export const allOf = (element: Element, selector: string): readonly Element[] => {
  const [tag = '', className] = selector.split('.');
  return elementsOf(element).filter(
    each =>
      (tag === '' || each.tag === tag) &&
      (className === undefined || (each.attributes['class'] ?? '').split(' ').includes(className)),
  );
};

export const oneOf = (element: Element, selector: string): Element => {
  const [found, ...others] = allOf(element, selector);
  assert.ok(found !== undefined && others.length === 0, `${others.length + 1} of ${selector}`);
  return found;
};
