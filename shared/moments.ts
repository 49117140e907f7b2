import { z } from 'zod';

/** What an agent may do in an episode that a person would call an achievement. */
export const DEEDS = {
  success: 'does the mission',
  opens: 'opens a door',
  unlocks: 'unlocks a door',
  picks: 'picks something up',
} as const;
export type Deed = keyof typeof DEEDS;
export const DEED_IDS = Object.keys(DEEDS) as [Deed, ...Deed[]];

/** Turning points of a run that the page marks on its curve; `label` is what stands there. */
export const MILESTONES = {
  firstSuccess: { label: 'First success', help: 'The first episode that was shown and done.' },
  opens: {
    label: 'Opens doors now',
    help: 'A door is opened in 16 of the last 20 episodes, where it was in at most 8 of the first 20.',
  },
  unlocks: {
    label: 'Unlocks doors now',
    help: 'A door is unlocked in 16 of the last 20 episodes, where it was in at most 8 of the first 20.',
  },
  picks: {
    label: 'Picks things up now',
    help: 'Something is picked up in 16 of the last 20 episodes, where it was in at most 8 of the first 20.',
  },
  half: {
    label: 'Every second one',
    help: '10 of the last 20 episodes are done, where at most 8 of the first 20 were.',
  },
  most: {
    label: 'Nine of ten',
    help: '18 of the last 20 episodes are done, where at most 16 of the first 20 were.',
  },
} as const;
export type Milestone = keyof typeof MILESTONES;
export const MILESTONE_IDS = Object.keys(MILESTONES) as [Milestone, ...Milestone[]];

const count = z.number().int().min(0);

export const momentSchema = z
  .strictObject({
    id: z.string().describe('What `episode:get` takes.'),
    seed: count,
    mission: z.string(),
    envSteps: count.describe('Environment steps done when the episode ended.'),
    success: z.boolean(),
    steps: count,
    level: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .describe('Success of the run at that time; absent before it is known.'),
    deeds: z.array(z.enum(DEED_IDS)).describe('What the agent did in it.'),
    milestone: z.enum(MILESTONE_IDS).optional(),
  })
  .describe('One of the episodes that are kept of all of a run’s learning.');
export type Moment = z.infer<typeof momentSchema>;

/** The checkpoint that comes nearest to the weights that played an episode. */
export const playedBySchema = z.strictObject({
  policy: z.string().describe('What `episode:play` takes as `policy`.'),
  envSteps: count.describe('Environment steps that it has learnt from.'),
  exact: z.boolean().describe('True where these are the weights that played the episode’s end.'),
});
export type PlayedBy = z.infer<typeof playedBySchema>;
