import { taskOf } from '../tasks/index.ts';
import { RequestError } from './errors.ts';
import { isMadeByHand } from './missions.ts';

/** Pictures kept; all registered levels fit, with room for missions made by hand. */
const KEPT = 300;

/** Small pictures of levels, drawn when first asked for. */
export class Thumbnails {
  private readonly kept = new Map<string, string>();

  /** An SVG document. Throws a RequestError for what names no level, or one that cannot be posed. */
  of(levelId: string): string {
    const known = this.kept.get(levelId);
    if (known !== undefined) return known;
    let picture: string;
    try {
      picture = taskOf(levelId).draw(levelId);
    } catch (error) {
      const code = isMadeByHand(levelId) ? 'bad-request' : 'not-found';
      throw new RequestError(code, (error as Error).message, 'levelId');
    }
    this.kept.set(levelId, picture);
    if (this.kept.size > KEPT) this.kept.delete(this.kept.keys().next().value!);
    return picture;
  }
}
