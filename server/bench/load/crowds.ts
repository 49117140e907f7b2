import type { ChildProcess } from 'node:child_process';
import { forkTypescript } from '../ownServer.ts';
import type { CrowdReport } from './crowd.ts';
import type { CrowdAnswer, CrowdCommand } from './crowdProcess.ts';

/** The viewers' processes. */
export class Crowds {
  private readonly children: ChildProcess[];

  private constructor(children: ChildProcess[]) {
    this.children = children;
  }

  /** @param niceness of the processes, 0 to 19 */
  static async start(
    url: string,
    runId: string,
    { processes, niceness }: { processes: number; niceness: number },
  ): Promise<Crowds> {
    const crowd = new Crowds(
      Array.from({ length: processes }, () =>
        forkTypescript(new URL('./crowdProcess.ts', import.meta.url)),
      ),
    );
    await crowd.all({ command: 'begin', url, runId, niceness });
    return crowd;
  }

  get size(): number {
    return this.children.length;
  }

  all(command: CrowdCommand): Promise<CrowdReport[]> {
    return Promise.all(this.children.map((child) => order(child, command)));
  }

  first(command: CrowdCommand): Promise<CrowdReport> {
    return order(this.children[0], command);
  }

  async end(): Promise<void> {
    await Promise.all(
      this.children.splice(0).map(
        (child) =>
          new Promise((resolve) => {
            child.once('exit', resolve);
            child.kill('SIGKILL');
          }),
      ),
    );
  }
}

function order(child: ChildProcess, command: CrowdCommand): Promise<CrowdReport> {
  return new Promise((resolve, reject) => {
    const gone = () => reject(new Error('a process of viewers ended'));
    child.once('exit', gone);
    child.once('message', (answer) => {
      child.off('exit', gone);
      resolve(answer as CrowdAnswer);
    });
    child.send(command);
  });
}
