import { createMissionsPanel } from '../features/missions/missionsPanel.ts';
import { createEffect } from '../features/rewards/effectPanel.ts';
import { createLedgerPanel } from '../features/rewards/ledgerPanel.ts';
import { createRewardsPanel } from '../features/rewards/rewardsPanel.ts';
import { createRunsPanel } from '../features/runs/runsPanel.ts';
import { createTrainingPanel } from '../features/runs/trainingPanel.ts';
import type { Store } from '../store/store.ts';
import type { Commands } from '../ui/commands.ts';

type MissionTools = Parameters<typeof createMissionsPanel>[1];
type OpenMissions = Parameters<typeof createMissionsPanel>[2];

/** All that can be changed: missions, rewards, settings, runs. It comes after the stage. */
export function fillSetup(
  place: HTMLElement,
  store: Store,
  commands: Commands & MissionTools,
  openMissions: OpenMissions,
): void {
  place.append(
    createMissionsPanel(store, commands, openMissions),
    createRewardsPanel(store, commands),
    createEffect(store),
    createLedgerPanel(store, commands),
    createTrainingPanel(store, commands),
    createRunsPanel(store, commands),
  );
}
