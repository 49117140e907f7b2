/** A text of at most `most` characters: a longer one is cut, and ends in …. */
export function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** What was given, as an error message shows it: as JSON, cut where it is long. */
export function quoted(value: unknown, most = 60): string {
  return typeof value === 'string'
    ? JSON.stringify(shortened(value, most))
    : shortened(JSON.stringify(value) ?? 'nothing', most);
}
