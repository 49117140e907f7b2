/** What this browser keeps of a visitor's choices. Where it may keep nothing, every visit is the first. */
export function recall(key: string): string | undefined {
  try {
    return localStorage.getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Private windows and full disks: the choice holds until the page is left.
  }
}
