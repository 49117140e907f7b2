import type { Deed } from '../shared/moments.ts';
import { EndBit, StepEvent } from './types.ts';

const DEEDS_OF_EVENT: Readonly<Partial<Record<StepEvent, readonly Deed[]>>> = {
  [StepEvent.openedDoor]: ['opens'],
  // Unlocking opens, too.
  [StepEvent.unlockedDoor]: ['opens', 'unlocks'],
  [StepEvent.pickedUp]: ['picks'],
};

/** Notes what one step achieved among what was achieved before it. */
export function noteDeeds(deeds: Set<Deed>, event: StepEvent, end: number): void {
  for (const deed of DEEDS_OF_EVENT[event] ?? []) deeds.add(deed);
  if (end & EndBit.success) deeds.add('success');
}
