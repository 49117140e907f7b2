import { COLOR_NAMES, type ColorName } from '../../shared/constants.ts';
import { recall, remember } from './memory.ts';

const DARK = '(prefers-color-scheme: dark)';
const SCHEME_KEY = 'planner-doer-scheme';

/** Colours for what is drawn on canvases. They come from the style sheet, so there is one source. */
export interface Theme {
  dark: boolean;
  background: string;
  panel: string;
  line: string;
  ink: string;
  muted: string;
  faint: string;
  planner: string;
  doer: string;
  env: string;
  heldOut: string;
  good: string;
  bad: string;
  floor: string;
  floorLine: string;
  wall: string;
  wallEdge: string;
  void: string;
  fog: string;
  outline: string;
  /** Around the goal's frame, between it and whatever lies there. */
  casing: string;
  objects: Record<ColorName, string>;
  font: string;
}

/** Reads the custom properties in force on the document. */
export function readTheme(root: HTMLElement = document.documentElement): Theme {
  const style = getComputedStyle(root);
  const value = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const objects = Object.fromEntries(
    COLOR_NAMES.map((name) => [name, value(`object-${name}`)]),
  ) as Record<ColorName, string>;
  return {
    dark: value('scheme') === 'dark',
    background: value('background'),
    panel: value('panel'),
    line: value('line'),
    ink: value('ink'),
    muted: value('muted'),
    faint: value('faint'),
    planner: value('planner'),
    doer: value('doer'),
    env: value('env'),
    heldOut: value('held-out'),
    good: value('good'),
    bad: value('bad'),
    floor: value('floor'),
    floorLine: value('floor-line'),
    wall: value('wall'),
    wallEdge: value('wall-edge'),
    void: value('void'),
    fog: value('fog'),
    outline: value('outline'),
    casing: value('casing'),
    objects,
    font: value('font'),
  };
}

export interface Appearance {
  theme(): Theme;
  /** True where the visitor asked for less motion. */
  reducedMotion(): boolean;
  /** From dark to light colours or back; the choice is kept until it is again what the system has. */
  flip(): void;
  onChange(listener: () => void): void;
}

/** The rules of the style sheets for dark screens: a visitor's own choice sets when they hold. */
function darkRules(): CSSMediaRule[] {
  return [...document.styleSheets]
    .flatMap((sheet) => [...sheet.cssRules])
    .filter((rule) => rule instanceof CSSMediaRule)
    .filter((rule) => rule.media.mediaText === DARK);
}

/** Follows the system's colour scheme, unless another was chosen, and its motion preference. */
export function watchAppearance(): Appearance {
  const schemes = matchMedia(DARK);
  const motion = matchMedia('(prefers-reduced-motion: reduce)');
  const listeners: (() => void)[] = [];
  const rules = darkRules();
  const choose = (scheme: string | undefined) => {
    const holds = scheme === 'dark' ? 'all' : scheme === 'light' ? 'not all' : DARK;
    for (const rule of rules) rule.media.mediaText = holds;
    // What the browser draws itself: fields, lists of choices.
    document.documentElement.style.colorScheme = holds === DARK ? '' : (scheme ?? '');
  };
  choose(recall(SCHEME_KEY));
  let theme = readTheme();
  const update = () => {
    theme = readTheme();
    for (const listener of listeners) listener();
  };
  schemes.addEventListener('change', update);
  motion.addEventListener('change', update);
  return {
    theme: () => theme,
    reducedMotion: () => motion.matches,
    flip() {
      const dark = !theme.dark;
      const chosen = dark === schemes.matches ? '' : dark ? 'dark' : 'light';
      remember(SCHEME_KEY, chosen);
      choose(chosen);
      update();
    },
    onChange: (listener) => listeners.push(listener),
  };
}
