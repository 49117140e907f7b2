import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A real Redis of one's own, in a folder and at a port of its own. */
export class OwnRedis {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'own-redis-'));
  private child: ChildProcess | undefined;
  private readonly port: number;
  private readonly options: readonly string[];

  private constructor(port: number, options: readonly string[]) {
    this.port = port;
    this.options = options;
  }

  /** @param options as on its command line */
  static async start(...options: string[]): Promise<OwnRedis> {
    const redis = new OwnRedis(await freePort(), options);
    await redis.begin();
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.child!.pid!;
  }

  /** Starts it, again too, with what it kept. Throws where it does not start. */
  async begin(): Promise<void> {
    const place = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.folder];
    this.child = spawn('redis-server', [...place, '--save', '', ...this.options], {
      stdio: 'ignore',
    });
    let failed: Error | undefined;
    this.child.once('error', (error) => {
      failed = error;
    });
    while (!(await this.listens())) {
      if (failed) throw failed;
      if (this.child.exitCode !== null) throw new Error('redis-server ended by itself');
      await sleep(30);
    }
  }

  /** Whether it answers, be it that it wants a password. */
  private listens(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(this.port, '127.0.0.1', () => socket.write('PING\r\n'));
      socket.setEncoding('latin1');
      socket.once('data', (answer) => {
        socket.destroy();
        resolve(/^\+PONG|^-NOAUTH/.test(String(answer)));
      });
      socket.once('error', () => resolve(false));
    });
  }

  async kill(): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  async end(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
