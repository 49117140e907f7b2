import os from 'node:os';
import { Crowd, type CrowdReport } from './crowd.ts';

/** Commands to a process full of viewers; each is answered by a message with the crowd's report. */
export type CrowdCommand =
  | { command: 'begin'; url: string; runId: string; niceness: number }
  | { command: 'add' | 'stall' | 'cut'; count: number }
  | { command: 'report' | 'close' };
export type CrowdAnswer = CrowdReport;

let crowd: Crowd | undefined;

async function obey(message: CrowdCommand): Promise<void> {
  if (message.command === 'begin') {
    os.setPriority(message.niceness);
    crowd = new Crowd(message.url, message.runId);
  } else if (message.command === 'add') await crowd?.add(message.count);
  else if (message.command === 'stall') crowd?.stall(message.count);
  else if (message.command === 'cut') crowd?.cut(message.count);
  else if (message.command === 'close') crowd?.close();
}

process.on('message', (message: CrowdCommand) => {
  void obey(message).then(() => process.send?.(crowd?.report()));
});
process.on('disconnect', () => process.exit());
