import {
  type ClassMember,
  type ClassPlace,
  type ClassShown,
  type ClassState,
  MAX_CLASS,
} from '../../shared/classroom.ts';
import type { Replay } from '../../shared/replay.ts';
import { RequestError } from '../../shared/requestError.ts';

/** Between two times that the class is told who is in it. */
const TELL_MS = 100;

export interface ClassroomEvents {
  state(state: ClassState): void;
  shown(shown: ClassShown): void;
}

interface Member {
  id: string;
  name: string;
  /** It may change runs by its own token. */
  isOwn: boolean;
  /** Somebody who might change runs handed control to it; over when it is handed on. */
  isGranted: boolean;
}

/**
 * The class of a server: one member controls, the others watch. Who controls says what is on the stage and may change
 * runs. Control is handed over by the one who has it; when that one leaves, the first who asked gets the stage. The right to
 * change runs is never inherited: it is a member's own, or is handed over by one who has it.
 */
export class Classroom {
  private readonly events: ClassroomEvents;
  private readonly members = new Map<string, Member>();
  /** Members that wait for control, the first one first. */
  private readonly asking = new Set<string>();
  private holder: string | undefined;
  private place: ClassPlace | undefined;
  private document: Replay | undefined;
  private guests = 0;
  private telling: ReturnType<typeof setTimeout> | undefined;

  constructor(events: ClassroomEvents) {
    this.events = events;
  }

  /**
   * @param isOwn the member may control runs by its own token
   * @param lead it wants control, which it gets where nobody has it
   */
  join(
    id: string,
    isOwn: boolean,
    { name, lead = false }: { name?: string; lead?: boolean },
  ): { you: string; state: ClassState; shown?: ClassShown } {
    if (lead && !isOwn)
      throw new RequestError(
        'forbidden',
        'To open a class the control token is needed; you may only watch.',
      );
    const known = this.members.get(id);
    if (!known && this.members.size >= MAX_CLASS)
      throw new RequestError('too-many', `The class is full: it has room for ${MAX_CLASS}.`);
    if (lead && this.holder !== undefined && this.holder !== id) throw this.notYours();
    const own = name ?? known?.name ?? `Guest ${++this.guests}`;
    this.members.set(id, { id, name: own, isOwn, isGranted: known?.isGranted ?? false });
    if (lead) this.hold(id);
    this.tell();
    const shown = this.shownNow();
    return { you: id, state: this.state(), ...(shown && { shown }) };
  }

  leave(id: string): void {
    if (!this.members.delete(id)) return;
    this.asking.delete(id);
    if (this.holder === id) {
      this.holder = undefined;
      const [next] = this.asking;
      if (next !== undefined) this.hold(next);
    }
    if (this.members.size === 0) {
      this.place = undefined;
      this.document = undefined;
      this.guests = 0;
    }
    this.tell();
  }

  ask(id: string): void {
    this.memberOf(id);
    if (this.holder === id) return;
    if (this.holder === undefined) this.hold(id);
    else this.asking.add(id);
    this.tell();
  }

  give(from: string, to: string): void {
    this.requireHolder(from);
    const next = this.other(to);
    const giver = this.memberOf(from);
    // Who may not change runs has nothing of it to give.
    const may = giver.isOwn || giver.isGranted;
    giver.isGranted = false;
    next.isGranted = may;
    this.hold(next.id);
    this.tell();
  }

  refuse(from: string, to: string): void {
    this.requireHolder(from);
    if (!this.asking.delete(this.other(to).id))
      throw new RequestError('conflict', 'This member does not ask for control.', 'member');
    this.tell();
  }

  show(from: string, { place, replay }: ClassShown): void {
    this.requireHolder(from);
    if (replay) this.document = replay;
    if (place.document !== undefined && place.document !== this.document?.id)
      throw new RequestError(
        'bad-request',
        `place.document is "${place.document}"; accepted: the id of the episode that came last as replay`,
        'place.document',
      );
    this.place = place;
    this.events.shown({ place, ...(replay && { replay }) });
  }

  /**
   * Whether a connection may change something: undefined for one that is not in the class, whose token alone counts.
   * Throws a RequestError for a member that does not control.
   */
  mayCommand(id: string): boolean | undefined {
    const member = this.members.get(id);
    if (!member) return undefined;
    if (this.holder !== id) throw this.notYours();
    return member.isOwn || member.isGranted;
  }

  close(): void {
    clearTimeout(this.telling);
  }

  private state(): ClassState {
    const members = [...this.members.values()].map(
      ({ id, name }): ClassMember => ({ id, name, asks: this.asking.has(id) }),
    );
    return { members, ...(this.holder !== undefined && { holder: this.holder }) };
  }

  private shownNow(): ClassShown | undefined {
    const { place, document } = this;
    if (!place) return undefined;
    return { place, ...(document && place.document === document.id && { replay: document }) };
  }

  private hold(id: string): void {
    this.holder = id;
    this.asking.delete(id);
  }

  private memberOf(id: string): Member {
    const member = this.members.get(id);
    if (!member) throw new RequestError('conflict', 'You are not in the class; join it first.');
    return member;
  }

  private other(id: string): Member {
    const member = this.members.get(id);
    if (member) return member;
    throw new RequestError('not-found', 'This member has left the class.', 'member');
  }

  private requireHolder(id: string): void {
    this.memberOf(id);
    if (this.holder !== id) throw this.notYours();
  }

  private notYours(): RequestError {
    const name = this.members.get(this.holder ?? '')?.name;
    return new RequestError(
      'forbidden',
      name === undefined
        ? 'Nobody controls this class now; ask for control first.'
        : `${name} controls this class; ask for control first.`,
    );
  }

  /** Many come at once when a lesson begins: they are told together. */
  private tell(): void {
    this.telling ??= setTimeout(() => {
      this.telling = undefined;
      this.events.state(this.state());
    }, TELL_MS).unref();
  }
}
