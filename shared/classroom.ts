import { z } from 'zod';
import { MAX_REPLAY_STEPS, replaySchema } from './replay.ts';

/** Members that a class has room for. */
export const MAX_CLASS = 200;
export const MAX_CLASS_NAME = 40;

const id = z.string().min(1).max(80);
const nothing = z.strictObject({});
const nameSchema = z
  .string()
  .trim()
  .min(1)
  .max(MAX_CLASS_NAME)
  // They reach the screens of all who are in the class.
  .regex(/^[^\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]*$/u, 'accepted: no control characters');

export const classMemberSchema = z
  .strictObject({
    id: id.describe('Names the member while it is connected.'),
    name: z.string(),
    asks: z.boolean().describe('It has asked for control and waits for an answer.'),
  })
  .describe('Somebody in the class.');
export type ClassMember = z.infer<typeof classMemberSchema>;

export const classStateSchema = z
  .strictObject({
    members: z.array(classMemberSchema).describe('In the order in which they came.'),
    holder: id.optional().describe('Who controls; absent while nobody does.'),
  })
  .describe('Who is in the class, and who controls.');
export type ClassState = z.infer<typeof classStateSchema>;

export const classPlaceSchema = z
  .strictObject({
    run: id.optional().describe('The run that is watched.'),
    episode: id.optional().describe('An episode of that run, as `episode:get` takes it.'),
    recording: id.optional().describe('Instead of it a recording.'),
    document: id
      .optional()
      .describe('Instead of both the id of the episode that came as `replay`.'),
    step: z.number().min(0).max(MAX_REPLAY_STEPS).describe('With fractions.'),
    playing: z.boolean(),
    speed: z.number().min(0.05).max(64),
    layers: z.array(z.string().max(40)).max(40).describe('Names of the layers that are on.'),
  })
  .describe('What the one who controls has on the stage.');
export type ClassPlace = z.infer<typeof classPlaceSchema>;

export const classShownSchema = z.strictObject({
  place: classPlaceSchema,
  replay: replaySchema
    .optional()
    .describe('An episode that the server does not keep; sent once for each.'),
});
export type ClassShown = z.infer<typeof classShownSchema>;

const member = z.strictObject({ member: id });

export const CLASS_COMMANDS = {
  'class:join': {
    right: 'watch',
    payload: z.strictObject({
      name: nameSchema
        .optional()
        .describe('By default "Guest" and a number. Sent again it renames.'),
      lead: z
        .boolean()
        .optional()
        .describe('Takes control where nobody has it; needs the right to control.'),
    }),
    data: z.strictObject({
      you: id,
      state: classStateSchema,
      shown: classShownSchema.optional().describe('What is on the stage of the one who controls.'),
    }),
    help: 'Joins the class of this server. From now on `class:state` and `class:shown` come, and commands that change something are refused but from the one who controls.',
  },
  'class:leave': { right: 'watch', payload: nothing, data: nothing, help: '' },
  'class:ask': {
    right: 'watch',
    payload: nothing,
    data: nothing,
    help: 'Asks for control: it is given at once where nobody has it, else the one who has it answers. Whoever asked first gets it when that one leaves.',
  },
  'class:give': {
    right: 'watch',
    payload: member,
    data: nothing,
    help: 'Hands control to another member, who may have asked for it or not. Only from the one who controls.',
  },
  'class:refuse': {
    right: 'watch',
    payload: member,
    data: nothing,
    help: 'Refuses a member that has asked. Only from the one who controls.',
  },
  'class:show': {
    right: 'watch',
    payload: classShownSchema,
    data: nothing,
    help: 'Says what is on the stage, for the others to follow. Only from the one who controls.',
  },
} as const;

export const CLASS_EVENTS = {
  'class:state': {
    message: classStateSchema,
    to: 'the class',
    help: 'Somebody came, went, asked, was refused, or got control.',
  },
  'class:shown': {
    message: classShownSchema,
    to: 'the class',
    help: 'What the one who controls has on the stage; a slow member misses some.',
  },
} as const;
