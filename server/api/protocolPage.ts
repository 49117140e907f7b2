import { z } from 'zod';
import { checkpointLineSchema } from '../../shared/checkpoints.ts';
import { forkOriginSchema, forkRequestSchema } from '../../shared/fork.ts';
import {
  labModelSchema,
  labPuzzleSchema,
  labThoughtSchema,
  labTrainingSchema,
} from '../../shared/lab.ts';
import { COMMANDS, ERROR_REASONS, ERRORS, EVENTS } from '../../shared/protocol.ts';
import {
  engineInfoSchema,
  levelSummarySchema,
  missionCheckSchema,
  missionCompletionSchema,
  recordingInfoSchema,
  runInfoSchema,
  runSnapshotSchema,
  settingsChangeSchema,
  wireErrorSchema,
} from '../../shared/wire.ts';

/** The schemas that have a table of their own on the page, by the name of their type. */
const TYPES: Record<string, z.ZodObject> = {
  RunInfo: runInfoSchema,
  RunSnapshot: runSnapshotSchema,
  SettingsChange: settingsChangeSchema,
  EngineInfo: engineInfoSchema,
  Checkpoint: checkpointLineSchema,
  ForkRequest: forkRequestSchema,
  ForkOrigin: forkOriginSchema,
  LevelSummary: levelSummarySchema,
  MissionCheck: missionCheckSchema,
  MissionCompletion: missionCompletionSchema,
  RecordingInfo: recordingInfoSchema,
  LabPuzzle: labPuzzleSchema,
  LabThought: labThoughtSchema,
  LabModel: labModelSchema,
  LabTraining: labTrainingSchema,
  WireError: wireErrorSchema,
};

/** The tables of PROTOCOL.md, by the name that stands in the page's markers. */
function tables(): Record<string, string> {
  return {
    commands: table(
      ['command', 'payload', '`data`', 'right', ''],
      Object.entries(COMMANDS).map(([name, { right, payload, data, help }]) => [
        code(name),
        fieldsOf(payload),
        fieldsOf(data),
        right,
        help,
      ]),
    ),
    events: table(
      ['event', 'message', 'to', ''],
      Object.entries(EVENTS).map(([name, { message, to, help }]) => [
        code(name),
        fieldsOf(message),
        to,
        help,
      ]),
    ),
    errors: table(
      ['`code`', 'meaning'],
      Object.entries(ERRORS).map(([name, meaning]) => [code(name), meaning]),
    ),
    reasons: table(
      ['`reason`', 'meaning'],
      Object.entries(ERROR_REASONS).map(([name, meaning]) => [code(name), meaning]),
    ),
    types: Object.entries(TYPES)
      .map(([name, schema]) =>
        [
          `**\`${name}\`** ${schema.description ?? ''}`.trim(),
          table(
            ['field', 'type', ''],
            Object.entries(schema.shape).map(([field, own]) => [
              code(isOptional(own) ? `${field}?` : field),
              typeOf(own),
              descriptionOf(own),
            ]),
          ),
        ].join('\n\n'),
      )
      .join('\n\n'),
  };
}

/** The page with its tables made anew from the schemas; all other text stays. */
export function withTables(page: string): string {
  let made = page;
  for (const [name, text] of Object.entries(tables())) {
    const [begin, end] = [`<!-- ${name}: made from the schemas -->`, `<!-- end of ${name} -->`];
    const [from, to] = [made.indexOf(begin), made.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`PROTOCOL.md has no place for "${name}"`);
    made = `${made.slice(0, from + begin.length)}\n\n${text}\n\n${made.slice(to)}`;
  }
  return made;
}

const code = (text: string) => `\`${text}\``;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function isOptional(schema: z.core.$ZodType): boolean {
  return z.safeParse(schema, undefined).success;
}

function descriptionOf(schema: z.core.$ZodType): string {
  if (schema instanceof z.ZodOptional) {
    return schema.description ?? descriptionOf(schema.unwrap());
  }
  return schema instanceof z.ZodType && nameOf(schema) === undefined
    ? (schema.description ?? '')
    : '';
}

function fieldsOf(schema: z.core.$ZodType): string {
  const name = nameOf(schema);
  if (name) return code(name);
  if (!(schema instanceof z.ZodObject)) return typeOf(schema);
  const fields = Object.entries(schema.shape);
  const list = (own: typeof fields) =>
    own
      .map(([field, type]) => {
        const shown = typeOf(type);
        if (!shown.includes('`')) return code(field);
        return shown.includes(', ') ? `${code(field)} (${shown})` : `${code(field)}: ${shown}`;
      })
      .join(', ');
  const optional = fields.filter(([, own]) => isOptional(own));
  const required = fields.filter((field) => !optional.includes(field));
  return (
    [list(required), optional.length > 0 ? `optional ${list(optional)}` : '']
      .filter(Boolean)
      .join('; ') || '`{}`'
  );
}

/** For schemas with a name, and for replays, which have a chapter of their own. */
function nameOf(schema: z.core.$ZodType): string | undefined {
  const named = Object.entries(TYPES).find(([, own]) => own === schema)?.[0];
  if (named) return named;
  const isReplay = schema instanceof z.ZodObject && 'hashes' in schema.shape;
  return isReplay ? 'Replay' : undefined;
}

function typeOf(schema: z.core.$ZodType): string {
  const name = nameOf(schema);
  if (name) return code(name);
  if (schema instanceof z.ZodOptional) return typeOf(schema.unwrap());
  if (schema instanceof z.ZodDefault) return typeOf(schema.unwrap());
  if (schema instanceof z.ZodNullable) return `${typeOf(schema.unwrap())} or null`;
  if (schema instanceof z.ZodArray) {
    const item = typeOf(schema.element);
    return item.startsWith('`') ? `list of ${item}` : `list of ${item}s`;
  }
  if (schema instanceof z.ZodEnum) return schema.options.map((one) => code(String(one))).join(', ');
  if (schema instanceof z.ZodString) return 'string';
  if (schema instanceof z.ZodBoolean) return 'boolean';
  if (schema instanceof z.ZodNumber) return schema.isInt ? 'integer' : 'number';
  return 'object';
}
