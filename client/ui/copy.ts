/**
 * Puts a text on the clipboard; whether that worked. Browsers offer the clipboard over TLS and on this
 * machine alone, so a page opened by a network's address copies what it has selected.
 */
export async function copyText(text: string): Promise<boolean> {
  // A modal dialog makes all outside it inert, so the text is selected inside it.
  const place = document.querySelector('dialog:modal') ?? document.body;
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const before = document.activeElement;
    const field = document.createElement('textarea');
    field.value = text;
    field.className = 'visually-hidden';
    place.append(field);
    field.select();
    const copied = document.execCommand('copy');
    field.remove();
    if (before instanceof HTMLElement) before.focus();
    return copied;
  }
}
