import { Container } from 'pixi.js';
import { createGridPicture } from './gridPicture.ts';
import type { PictureInput, WorldPicture } from './picture.ts';

/** Who draws the worlds of which levels; levels that nobody names are drawn as BabyAI's grid. */
export const PICTURES: { draws(levelId: string): boolean; create(): WorldPicture }[] = [
  { draws: () => true, create: createGridPicture },
];

/** The picture of whatever episode is shown: that of its level's task. */
export function createPicture(): WorldPicture {
  const [ground, things, agent] = [new Container(), new Container(), new Container()];
  const made = new Map<(typeof PICTURES)[number], WorldPicture>();

  function pictureOf(levelId: string): WorldPicture {
    // Cast: the last one draws every level.
    const kind = PICTURES.find(({ draws }) => draws(levelId)) as (typeof PICTURES)[number];
    let picture = made.get(kind);
    if (!picture) {
      picture = kind.create();
      made.set(kind, picture);
      ground.addChild(picture.ground);
      things.addChild(picture.things);
      agent.addChild(picture.agent);
    }
    return picture;
  }

  return {
    ground,
    things,
    agent,
    draw(input: PictureInput) {
      const shown = pictureOf(input.episode.replay.levelId);
      for (const picture of made.values())
        for (const part of [picture.ground, picture.things, picture.agent])
          part.visible = picture === shown;
      shown.draw(input);
    },
  };
}
