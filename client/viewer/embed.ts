import type { Replay } from '../../shared/replay.ts';

const EMPTY = '<script type="application/json" id="replay"></script>';

/**
 * The viewer's page with a replay in it: a file that plays it anywhere.
 * Throws where the page is not the viewer's.
 */
export function embed(page: string, replay: Replay): string {
  if (!page.includes(EMPTY))
    throw new Error('The server has no page to put a replay into: build the page anew.');
  // No sign in it may end the element that it stands in.
  const json = JSON.stringify(replay).replaceAll('<', '\\u003c');
  return page.replace(EMPTY, () => EMPTY.replace('></', () => `>${json}</`));
}

/** What `embed` has put into the page; undefined where it is empty. */
export function embeddedReplay(page: Document): string | undefined {
  const text = page.getElementById('replay')?.textContent?.trim();
  return text === '' ? undefined : text;
}
