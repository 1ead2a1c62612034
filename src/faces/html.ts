const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as HTML shows it, in elements and in quoted attributes; control characters as `\xNN`. */
export const escapeHtml = (text: string): string =>
  text
    .replace(/[&<>"']/g, character => entities[character] ?? '')
    // Control characters and marks that turn the direction of writing would change what is read.
    .replace(/[\p{Cc}\p{Cf}]/gu, character => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
