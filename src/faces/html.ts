import { shown } from './netstat/shown.ts';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const withEntities = (text: string): string =>
  text.replace(/[&<>"']/g, character => entities[character] ?? '');

/**
 * Text as HTML shows it, in elements and in quoted attributes. Control characters and marks that turn the direction of writing
 * would change what is read, so they are spelled out, as a terminal shows them.
 */
export const escapeHtml = (text: string): string => (needsCare.test(text) ? withEntities(shown(text)) : text);

/** Most text is plain, and a table has much of it. */
const needsCare = /[^ !#-%(-;=?-~]/;

/** The value of a field, which a form sends again: such characters are written as references, so that the same is sent. */
export const escapeFieldValue = (text: string): string =>
  withEntities(text).replace(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    character => `&#x${character.codePointAt(0)?.toString(16) ?? ''};`,
  );
