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

/** A strict schema of all the table's fields. */
export function schemaOf<T extends FieldTable>(table: T) {
  return z.strictObject(shapeOf(table, fieldSchema));
}

/** A strict schema of any subset of the table's fields; unknown names and out-of-range values are refused. */
export function partialSchemaOf<T extends FieldTable>(table: T) {
  return z.strictObject(shapeOf(table, (field) => fieldSchema(field).optional()));
}

function shapeOf<T extends FieldTable, S>(table: T, schema: (field: NumberField) => S) {
  const shape = Object.fromEntries(Object.entries(table).map(([id, own]) => [id, schema(own)]));
  return shape as { [K in keyof T]: S };
}

/** A schema of one field; its message says what is accepted. */
function fieldSchema({ integer, min, max, label, help }: NumberField) {
  const error = `accepted: ${integer ? 'a whole number' : 'a number'} from ${min} to ${max}`;
  const number = integer ? z.number({ error }).int({ error }) : z.number({ error });
  return number.min(min, { error }).max(max, { error }).describe(`${label}. ${help}`);
}
