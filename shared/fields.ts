import { z } from 'zod';

/**
 * One described number that a person may set. One such table feeds validation, the command line's
 * help and the form in the client, so that the three cannot disagree.
 */
export interface NumberField {
  readonly label: string;
  readonly unit: string;
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  /** True where only whole numbers make sense. */
  readonly integer?: boolean;
  /** True where a change may arrive while a run is going (it takes effect at the next rollout). */
  readonly live?: boolean;
  /** One plain sentence: what turning it up does. */
  readonly help: string;
}

export type FieldTable = Readonly<Record<string, NumberField>>;
export type FieldValues<T extends FieldTable> = { [K in keyof T]: number };

/** The table's defaults as a plain object. */
export function defaultsOf<T extends FieldTable>(table: T): FieldValues<T> {
  const values: Record<string, number> = {};
  for (const [id, field] of Object.entries(table)) values[id] = field.default;
  return values as FieldValues<T>;
}

/** A strict schema of any subset of the table's fields; unknown names and out-of-range values are refused. */
export function partialSchemaOf<T extends FieldTable>(
  table: T,
): z.ZodType<Partial<FieldValues<T>>> {
  const shape: Record<string, z.ZodType> = {};
  for (const [id, field] of Object.entries(table)) shape[id] = fieldSchema(id, field).optional();
  return z.strictObject(shape) as unknown as z.ZodType<Partial<FieldValues<T>>>;
}

/** A schema of one field; its message names the field, what was given and what is accepted. */
export function fieldSchema(id: string, field: NumberField): z.ZodType<number> {
  const accepted = `${field.integer ? 'a whole number' : 'a number'} from ${field.min} to ${field.max}`;
  return z.custom<number>(
    (value) =>
      typeof value === 'number' &&
      Number.isFinite(value) &&
      value >= field.min &&
      value <= field.max &&
      (!field.integer || Number.isInteger(value)),
    { error: (issue) => `${id} is ${JSON.stringify(issue.input)}; accepted: ${accepted}` },
  );
}
