import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { percent } from '../../shared/percent.ts';
import { mean, wilsonInterval } from '../../shared/statistics.ts';
import { writeWhole } from '../processes/wholeFile.ts';
import { nextJob } from './halving.ts';
import { type Configuration, SweepError, type SweepPlan } from './plan.ts';

/** What a member showed after a rung, on held-out seeds. */
export interface Tested {
  envSteps: number;
  seconds: number;
  success: number;
  ci95: [number, number];
  episodes: number;
  /** Success on as many seeds on which nothing was chosen; of members that did the last rung. */
  fresh?: { success: number; ci95: [number, number] };
}

/** One configuration with one seed. */
export interface Member {
  configuration: number;
  seed: number;
  /** After each rung that it has done. */
  tests: Tested[];
  /** Why it cannot go on. */
  failed?: string;
}

export interface MemberTask {
  configuration: Configuration;
  seed: number;
  /** Train until so many steps have been made in all. */
  steps: number;
  /** Whether the policy is wanted, and tested on fresh seeds. */
  isLast: boolean;
  /** Where its state is, if it has begun, and is to be kept; `policy` for the policy alone. */
  files: { run: string; policy: string };
}

/** Trains a member up to a rung and tests it; undefined where it was asked to stop, with its state saved. */
export type TrainMember = (task: MemberTask) => Promise<Tested | undefined>;

/** A configuration with all its seeds. */
export interface Group {
  name: string;
  seeds: number;
  envSteps: number;
  /** Over all episodes of all seeds, at the last rung that it did. */
  success: number;
  ci95: [number, number];
  /** Lowest and highest of its seeds. */
  range: [number, number];
  stopped?: string;
}

interface SweepResult {
  runs: (Configuration & { seed: number; file?: string; stopped?: string } & Partial<Tested>)[];
  groups: Group[];
  /** The best of those that went the whole way, with its best seed's policy. */
  best?: { name: string; seed: number; file: string; success: number; ci95: [number, number] };
  interrupted: boolean;
}

/**
 * Trains the members of a sweep one after another. What is done is kept in `folder` after each rung, so that the same
 * call goes on after anything.
 */
export class Sweep {
  private readonly plan: SweepPlan;
  private readonly folder: string;
  private readonly train: TrainMember;
  private readonly say: (line: string) => void;
  private readonly members: Member[];

  constructor(plan: SweepPlan, folder: string, train: TrainMember, say: (line: string) => void) {
    this.plan = plan;
    this.folder = folder;
    this.train = train;
    this.say = say;
    mkdirSync(folder, { recursive: true });
    this.members =
      this.kept() ??
      plan.configurations.flatMap((_, configuration) =>
        plan.seeds.map((seed): Member => ({ configuration, seed, tests: [] })),
      );
  }

  /** Runs what is left to do. */
  async run(): Promise<SweepResult> {
    const { members } = this;
    const before = members.reduce((sum, { tests }) => sum + tests.length, 0);
    if (before > 0) this.say(`going on: ${before} trainings are done already`);
    for (let job = this.next(); job !== undefined; job = this.next()) {
      const { rung, configuration } = job;
      for (const member of this.of(configuration)) {
        if (member.tests.length > rung || member.failed !== undefined) continue;
        if (!(await this.do(member, rung))) return this.result(true);
      }
    }
    for (const member of members)
      if (!this.isBest(member)) rmSync(this.files(member).run, { force: true });
    return this.result(false);
  }

  private next() {
    return nextJob(this.standings(), this.plan.rungs.length, this.plan.factor);
  }

  private standings(): { scores: number[]; failed: boolean }[] {
    return this.plan.configurations.map((_, configuration) => {
      const own = this.of(configuration);
      const done = Math.min(...own.map(({ tests }) => tests.length));
      return {
        scores: Array.from({ length: done }, (_, rung) =>
          mean(own.map(({ tests }) => tests[rung].success)),
        ),
        failed: own.some(({ failed }) => failed !== undefined),
      };
    });
  }

  /** False where it was asked to stop. */
  private async do(member: Member, rung: number): Promise<boolean> {
    const { plan, members } = this;
    const configuration = plan.configurations[member.configuration];
    const what = `${configuration.name}${plan.seeds.length > 1 ? ` · seed ${member.seed}` : ''}`;
    this.say(`${what}: to ${plan.rungs[rung]} steps${this.estimate(rung)}`);
    try {
      const tested = await this.train({
        ...{ configuration, seed: member.seed, steps: plan.rungs[rung] },
        isLast: rung === plan.rungs.length - 1,
        files: this.files(member),
      });
      if (!tested) return false;
      member.tests.push(tested);
      const begun = members.filter(({ tests }) => tests.length > 0).length;
      this.say(
        `${what}: ${percent(tested.success)} after ${tested.envSteps} steps (${begun} of ${members.length} have begun)`,
      );
    } catch (error) {
      member.failed = (error as Error).message;
      this.say(`${what}: failed: ${member.failed}`);
    }
    this.keep();
    return true;
  }

  /** How long this training and all that follow will take, by those before. */
  private estimate(rung: number): string {
    const last = this.members.flatMap(({ tests }) => tests.slice(-1));
    const steps = last.reduce((sum, { envSteps }) => sum + envSteps, 0);
    if (steps === 0) return '';
    const pace = last.reduce((sum, one) => sum + one.seconds, 0) / steps;
    return `, about ${duration(this.stepsOf(rung) * pace)}; all that is left: ${duration(this.stepsAhead() * pace)}`;
  }

  /** Steps of a training from the rung before. */
  private stepsOf(rung: number): number {
    const { rungs } = this.plan;
    return rungs[rung] - (rungs[rung - 1] ?? 0);
  }

  /** Steps of all jobs to come. How many go on does not depend on who they are, so all may as well be equal. */
  private stepsAhead(): number {
    const { plan } = this;
    const standings = this.standings();
    let steps = 0;
    for (;;) {
      const job = nextJob(standings, plan.rungs.length, plan.factor);
      if (!job) return steps;
      steps += this.stepsOf(job.rung) * plan.seeds.length;
      standings[job.configuration].scores.push(0);
    }
  }

  private of(configuration: number): Member[] {
    return this.members.filter((member) => member.configuration === configuration);
  }

  private files({ configuration, seed }: Member): MemberTask['files'] {
    const stem = path.join(this.folder, `${configuration + 1}-seed${seed}`);
    return { run: `${stem}.run.safetensors`, policy: `${stem}.safetensors` };
  }

  private result(interrupted: boolean): SweepResult {
    const { plan, members } = this;
    const runs = members.map((member) => {
      const { rungs } = plan;
      const whole = member.tests.length === rungs.length;
      const stopped = this.whyStopped(member, interrupted);
      return {
        ...plan.configurations[member.configuration],
        seed: member.seed,
        ...member.tests.at(-1),
        ...(whole ? { file: this.files(member).policy } : {}),
        ...(stopped === undefined ? {} : { stopped }),
      };
    });
    const groups = plan.configurations.flatMap(
      (_, configuration) => this.group(configuration, interrupted) ?? [],
    );
    const best = members.find((member) => this.isBest(member));
    return {
      runs,
      groups: groups.sort((a, b) => b.envSteps - a.envSteps || b.success - a.success),
      ...(best ? { best: this.offered(best) } : {}),
      interrupted,
    };
  }

  private whyStopped({ tests, failed }: Member, interrupted: boolean): string | undefined {
    if (failed !== undefined) return failed;
    if (tests.length === this.plan.rungs.length) return undefined;
    return interrupted ? 'not done yet' : 'others did better';
  }

  private group(configuration: number, interrupted: boolean): Group | undefined {
    const own = this.of(configuration);
    const rung = Math.min(...own.map(({ tests }) => tests.length)) - 1;
    if (rung < 0) return undefined;
    const tests = own.map((member) => member.tests[rung]);
    const episodes = tests.reduce((sum, one) => sum + one.episodes, 0);
    const hits = tests.reduce((sum, one) => sum + one.success * one.episodes, 0);
    const each = tests.map(({ success }) => success);
    const stopped = own
      .map((member) => this.whyStopped(member, interrupted))
      .find((why) => why !== undefined);
    return {
      name: this.plan.configurations[configuration].name,
      seeds: own.length,
      envSteps: Math.max(...tests.map(({ envSteps }) => envSteps)),
      success: hits / episodes,
      ci95: wilsonInterval(hits, episodes),
      range: [Math.min(...each), Math.max(...each)],
      ...(stopped === undefined ? {} : { stopped }),
    };
  }

  /** The best seed of the best configuration, of those that went the whole way. */
  private isBest(member: Member): boolean {
    const whole = this.plan.configurations
      .map((_, configuration) => this.of(configuration))
      .filter((own) => own.every(({ tests }) => tests.length === this.plan.rungs.length));
    const success = (one: Member) => one.tests.at(-1)!.success;
    const [group] = whole.sort((a, b) => mean(b.map(success)) - mean(a.map(success)));
    const [best] = [...(group ?? [])].sort((a, b) => success(b) - success(a));
    return best === member;
  }

  /** Its figures are of seeds on which it was not chosen. */
  private offered(member: Member): NonNullable<SweepResult['best']> {
    const { name } = this.plan.configurations[member.configuration];
    const { fresh, success, ci95 } = member.tests.at(-1)!;
    const figures = fresh ?? { success, ci95 };
    return { name, seed: member.seed, file: this.files(member).policy, ...figures };
  }

  private get stateFile(): string {
    return path.join(this.folder, 'sweep.json');
  }

  /** The members of a sweep that was begun here. Throws a SweepError where it is another one. */
  private kept(): Member[] | undefined {
    let text: string;
    try {
      text = readFileSync(this.stateFile, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw new SweepError(`${this.stateFile} cannot be read: ${(error as Error).message}`);
    }
    let state: { plan: unknown; members: Member[] };
    try {
      state = JSON.parse(text) as { plan: unknown; members: Member[] };
    } catch (error) {
      throw new SweepError(`${this.stateFile} is damaged: ${(error as Error).message}`);
    }
    if (JSON.stringify(state.plan) !== JSON.stringify(this.plan))
      throw new SweepError(
        `${this.folder} holds another sweep; accepted: an empty folder, or the file with which that one was begun`,
      );
    return state.members;
  }

  private keep(): void {
    const { plan, members } = this;
    writeWhole(this.stateFile, JSON.stringify({ plan, members }, undefined, 1));
  }
}

const duration = (seconds: number) =>
  seconds < 100 ? `${Math.max(1, Math.round(seconds))} s` : `${Math.round(seconds / 60)} min`;
