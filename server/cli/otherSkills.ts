import { percent } from '../../shared/percent.ts';
import { differenceInterval, mean } from '../../shared/statistics.ts';
import type { Evaluation } from '../play/score.ts';

interface Tested {
  success: number;
  ci95: [number, number];
  episodes: number;
}

/** What a training did to one level that it is not about. */
export interface OtherSkill {
  level: string;
  before: Tested;
  after: Tested;
}

/** What it did to all of them: mean success, and the 95 % interval of the difference. */
export interface OtherSkills {
  levels: OtherSkill[];
  before: number;
  after: number;
  difference: [number, number];
}

/** Tests levels that a training is not about, before it and after: who learns one skill may forget others. */
export class OtherSkillsTest {
  private readonly levels: readonly string[];
  private readonly play: (levelId: string) => Promise<Evaluation>;
  private readonly say: (line: string) => void;
  private before: Tested[] = [];

  /** @param play plays held-out episodes of a level with the present policy, as many of each and the same every time */
  constructor(
    levels: readonly string[],
    play: (levelId: string) => Promise<Evaluation>,
    say: (line: string) => void,
  ) {
    this.levels = levels;
    this.play = play;
    this.say = say;
  }

  /** Call before the first update. */
  async begin(): Promise<void> {
    this.before = await this.test();
  }

  /** Call after the last update. Undefined where no levels were named. */
  async end(): Promise<OtherSkills | undefined> {
    if (this.levels.length === 0) return undefined;
    const after = await this.test();
    const levels = this.levels.map((level, i) => ({
      ...{ level, before: this.before[i], after: after[i] },
    }));
    const [was, is] = [this.before, after].map((tested) => ({
      value: mean(tested.map(({ success }) => success)),
      count: tested.reduce((sum, { episodes }) => sum + episodes, 0),
    }));
    const difference = differenceInterval(was, is);
    const [low, high] = difference;
    const points = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(100 * value).toFixed(1)}`;
    const verdict =
      high < 0 ? 'it forgets' : low > 0 ? 'it got better there, too' : 'no difference that is sure';
    for (const { level, before, after: now } of levels)
      this.say(`${level}: ${percent(before.success)} before, ${percent(now.success)} after`);
    this.say(
      `other skills, mean of ${levels.length}: ${percent(was.value)} before, ${percent(is.value)} after (${points(low)} to ${points(high)} points): ${verdict}`,
    );
    return { levels, before: was.value, after: is.value, difference };
  }

  private async test(): Promise<Tested[]> {
    const tested: Tested[] = [];
    for (const level of this.levels) {
      const { success, ci95, episodes } = await this.play(level);
      tested.push({ success, ci95, episodes });
    }
    return tested;
  }
}
