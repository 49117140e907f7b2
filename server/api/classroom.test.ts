import { afterEach, expect, test } from '@jest/globals';
import type { ClassPlace, ClassShown, ClassState } from '../../shared/classroom.ts';
import { EVAL_SEED_BASE } from '../../shared/constants.ts';
import { Harness, send, type TestClient } from './harness.testing.ts';
import { trueReplay } from './trueReplay.testing.ts';

let harness = new Harness();
afterEach(async () => {
  await harness.end();
  harness = new Harness();
});

const TOKEN = 'a-control-token';
const PLACE: ClassPlace = { run: 'run-a', step: 3, playing: true, speed: 1, layers: ['fog'] };

/** A member, what it is told, and how to wait for it. */
async function member(client: TestClient, name: string, lead = false) {
  const states: ClassState[] = [];
  const shown: ClassShown[] = [];
  client.on('class:state', (state) => states.push(state));
  client.on('class:shown', (one) => shown.push(one));
  const joined = await send(client, 'class:join', { name, ...(lead && { lead }) });
  if (!joined.ok) throw new Error(joined.error.message);
  const until = <T>(find: () => T | undefined): Promise<T> =>
    new Promise((resolve) => {
      const look = () => {
        const found = find();
        if (found === undefined) return;
        for (const event of ['class:state', 'class:shown'] as const) client.off(event, look);
        resolve(found);
      };
      client.on('class:state', look);
      client.on('class:shown', look);
      look();
    });
  return {
    ...{ client, shown, id: joined.data.you, joined: joined.data },
    isHolder: () => until(() => (states.at(-1)?.holder === joined.data.you ? true : undefined)),
    asking: () => until(() => states.at(-1)?.members.find(({ asks }) => asks)),
    seen: () => until(() => shown.at(-1)),
  };
}

async function classOf(names: readonly string[]) {
  const app = await harness.start({ token: TOKEN });
  const teacher = await member(await harness.client(app, { token: TOKEN }), 'Teacher', true);
  const others = [];
  for (const name of names) others.push(await member(await harness.client(app), name));
  return { app, teacher, others: others as [typeof teacher, ...(typeof teacher)[]] };
}

const create = (client: TestClient) =>
  send(client, 'run:create', { levelId: 'BabyAI-GoToLocal-v0', init: 'scratch' });

test('the class follows what the one who controls has on the stage, and who comes late too', async () => {
  const { app, teacher, others } = await classOf(['Anna']);
  const replay = { ...trueReplay('BabyAI-GoToLocal-v0', EVAL_SEED_BASE), id: 'told' };
  const place = { ...PLACE, document: 'told' };
  expect(await send(teacher.client, 'class:show', { place, replay })).toEqual({
    ok: true,
    data: {},
  });
  expect(await others[0].seen()).toEqual({ place, replay });
  const late = await member(await harness.client(app), 'Ben');
  expect(late.joined.shown).toEqual({ place, replay });
  expect(late.joined.state).toMatchObject({
    holder: teacher.id,
    members: [{ name: 'Teacher' }, { name: 'Anna' }, { name: 'Ben' }],
  });
});

test('who does not control is refused in one sentence, whatever its token', async () => {
  const { app, teacher, others } = await classOf(['Anna']);
  const told = {
    ok: false,
    error: { code: 'forbidden', message: 'Teacher controls this class; ask for control first.' },
  };
  expect(await send(others[0].client, 'class:show', { place: PLACE })).toEqual(told);
  expect(await send(others[0].client, 'class:give', { member: others[0].id })).toEqual(told);
  const second = await harness.client(app, { token: TOKEN });
  expect(await create(second)).toMatchObject({ ok: true });
  await member(second, 'Second teacher');
  expect(await create(second)).toEqual(told);
  expect(await send(second, 'class:join', { lead: true })).toEqual(told);
  expect(await create(teacher.client)).toMatchObject({ ok: true });
  const stranger = await harness.client(app);
  expect(await send(stranger, 'class:ask', {})).toMatchObject({
    error: { message: 'You are not in the class; join it first.' },
  });
  expect(await send(stranger, 'class:join', { lead: true })).toMatchObject({
    error: { code: 'forbidden', message: expect.stringContaining('control token') },
  });
});

test('control is asked for, refused, granted and handed back, with the right to change runs', async () => {
  const { teacher, others } = await classOf(['Anna', 'Ben']);
  const [anna] = others;
  await send(anna.client, 'class:ask', {});
  expect(await teacher.asking()).toMatchObject({ name: 'Anna' });
  await send(teacher.client, 'class:refuse', { member: anna.id });
  expect(await send(teacher.client, 'class:refuse', { member: anna.id })).toMatchObject({
    error: { code: 'conflict', field: 'member' },
  });
  expect(await create(anna.client)).toMatchObject({ ok: false });
  await send(teacher.client, 'class:give', { member: anna.id });
  await anna.isHolder();
  expect(await create(anna.client)).toMatchObject({ ok: true });
  expect(await create(teacher.client)).toMatchObject({
    error: { message: 'Anna controls this class; ask for control first.' },
  });
  await send(anna.client, 'class:give', { member: teacher.id });
  await teacher.isHolder();
  expect(await create(anna.client)).toMatchObject({ ok: false });
});

test('when the one who controls leaves, the first who asked has the stage, but not the runs', async () => {
  const { teacher, others } = await classOf(['Anna', 'Ben']);
  const [anna, ben] = others;
  // Two at once: whichever arrives first is the first in line.
  await Promise.all([send(ben!.client, 'class:ask', {}), send(anna.client, 'class:ask', {})]);
  teacher.client.disconnect();
  const next = await Promise.race(
    [anna, ben!].map(async (one) => {
      await one.isHolder();
      return one;
    }),
  );
  expect(await send(next.client, 'class:show', { place: PLACE })).toMatchObject({ ok: true });
  expect(await create(next.client)).toMatchObject({
    error: { message: expect.stringContaining('needs the control token') },
  });
});

test('nobody in line: control is free, and the first of two who ask at once has it', async () => {
  const { teacher, others } = await classOf(['Anna', 'Ben']);
  const [anna, ben] = others;
  await send(teacher.client, 'class:leave', {});
  expect(await send(anna.client, 'class:show', { place: PLACE })).toMatchObject({
    error: { message: 'Nobody controls this class now; ask for control first.' },
  });
  await Promise.all([send(anna.client, 'class:ask', {}), send(ben!.client, 'class:ask', {})]);
  await Promise.race([anna.isHolder(), ben!.isHolder()]);
  const tries = await Promise.all(
    [anna, ben!].map(({ client }) => send(client, 'class:show', { place: PLACE })),
  );
  expect(tries.filter(({ ok }) => ok)).toHaveLength(1);
});

test.each([
  ['a document that never came', { ...PLACE, document: 'never' }, 'place.document'],
  ['a step that no episode has', { ...PLACE, step: -1 }, 'place.step'],
])('%s is refused', async (_, place, field) => {
  const { teacher } = await classOf([]);
  expect(await send(teacher.client, 'class:show', { place })).toMatchObject({
    ok: false,
    error: { code: 'bad-request', field },
  });
});
