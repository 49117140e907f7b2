import { expect, test } from '@jest/globals';
import { runBot } from '../envs/bot/index.ts';
import { BabyAIEpisode } from '../envs/index.ts';
import type { Replay } from './replay.ts';
import { readReplayFile } from './replayFile.ts';

function recorded(): Replay {
  const levelId = 'BabyAI-GoToObj-v0';
  const episode = new BabyAIEpisode(levelId, { recording: true });
  episode.begin(5);
  for (const action of runBot({ levelId, seed: 5 }).actions) episode.step(action);
  return episode.document('r', { kind: 'bot', runId: '', policy: '', envSteps: 0 });
}
const replay = recorded();
const read = (content: Uint8Array | string) => {
  const bytes = Buffer.from(content as string);
  return readReplayFile('a.json', bytes.subarray(0, 512), bytes.toString('utf8'));
};

test('a recording is read as it was written, with a byte-order mark too', () => {
  const text = JSON.stringify(replay);
  expect(read(text)).toEqual(replay);
  expect(read(`\uFEFF${text.replaceAll(',', ',\r\n')}`)).toEqual(replay);
});

const header = '{"__metadata__":{}}';
test.each<[string, Uint8Array | string, string]>([
  ['empty', '', 'is an empty file'],
  ['gzip', Uint8Array.of(0x1f, 0x8b, 8, 0), 'is a gzip archive; unpack it first'],
  ['LFS', 'version https://git-lfs.github.com/spec/v1\noid sha256:1', 'is a Git LFS pointer'],
  ['page', '\n<!DOCTYPE html><html>', 'is a web page'],
  ['UTF-16', Uint8Array.of(0xff, 0xfe, 0x7b, 0), 'is text in UTF-16; save it as UTF-8'],
  [
    'weights',
    `${String.fromCharCode(header.length, 0, 0, 0, 0, 0, 0, 0)}${header}`,
    'a safetensors',
  ],
  ['text', 'hello', 'is not JSON: '],
  ['list', '[]', 'a.json: replay: (whole input) is []'],
  ['cut', JSON.stringify(replay).slice(0, 300), 'is not JSON: '],
  ['date', JSON.stringify({ ...replay, createdAt: 9e15 }), 'createdAt is 9000000000000000'],
])('%s is refused by name', (_, content, message) => {
  expect(() => read(content)).toThrow(message);
  expect(() => read(content)).toThrow(/^a\.json/);
});
