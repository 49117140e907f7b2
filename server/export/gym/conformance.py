"""Compares the Gymnasium client with recordings of Python Minigrid, and with Gymnasium's rules.

    python3 conformance.py golden FILE.jsonl.gz... [--rows N]   every byte, one environment at a time
    python3 conformance.py vector FILE.jsonl.gz...              the same rows together, in one group
    python3 conformance.py contract [LEVEL...]                  what gymnasium's check_env asks for

Several of these may follow one another, with `--` between them. Prints one JSON object; ends with 1 where something differs. Where the package gymnasium can be imported,
`contract` calls its own `check_env` too; without it, the rules below are what that function asks for.
"""

import base64
import gzip
import json
import math
import sys
import warnings

import numpy as np
import planner_doer_gym as worlds


def rows_of(files, limit=None):
    for file in files:
        with gzip.open(file, "rt") as lines:
            for number, line in enumerate(lines):
                if limit is None or number < limit:
                    yield json.loads(line)


def image_of(text):
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(7, 7, 3)


def same(name, ours, theirs):
    equal = np.array_equal(ours, theirs) if isinstance(theirs, np.ndarray) else ours == theirs
    assert equal, f"{name} is {ours}; Python Minigrid has {theirs}"


def golden(files, limit):
    episodes = steps = 0
    for row in rows_of(files, limit):
        env = worlds.WorldEnv(row["id"])
        obs, _ = env.reset(seed=row["seed"])
        where = f"{row['id']} seed {row['seed']}"
        same(f"{where}: image", obs["image"], image_of(row["obs"]))
        same(f"{where}: direction", obs["direction"], row["obs_dir"])
        same(f"{where}: mission", obs["mission"], row["mission"])
        step = row["step"]
        for t, action in enumerate(step["actions"]):
            obs, reward, terminated, truncated, _ = env.step(action)
            same(f"{where} step {t}: image", obs["image"], image_of(step["obs"][t]))
            same(f"{where} step {t}: direction", obs["direction"], step["agent_dir"][t])
            same(f"{where} step {t}: reward", reward, step["reward"][t])
            same(f"{where} step {t}: terminated", terminated, bool(step["terminated"][t]))
            same(f"{where} step {t}: truncated", truncated, bool(step["truncated"][t]))
        env.close()
        episodes, steps = episodes + 1, steps + len(step["actions"])
    return {"episodes": episodes, "steps": steps}


def vector(files):
    rows = list(rows_of(files))
    env = worlds.WorldVectorEnv([row["id"] for row in rows], autoreset_mode="Disabled")
    obs, _ = env.reset(seed=[row["seed"] for row in rows])
    for i, row in enumerate(rows):
        same(f"row {i}: image", obs["image"][i], image_of(row["obs"]))
        same(f"row {i}: mission", obs["mission"][i], row["mission"])
    lengths = [len(row["step"]["actions"]) for row in rows]
    for t in range(max(lengths)):
        # An environment whose recording is over goes on with "done", unobserved.
        actions = [row["step"]["actions"][t] if t < n else 6 for row, n in zip(rows, lengths)]
        obs, reward, terminated, truncated, infos = env.step(actions)
        for i, row in enumerate(rows):
            if t >= lengths[i]:
                continue
            step = row["step"]
            same(f"row {i} step {t}: image", obs["image"][i], image_of(step["obs"][t]))
            same(f"row {i} step {t}: reward", reward[i], step["reward"][t])
            same(f"row {i} step {t}: terminated", bool(terminated[i]), bool(step["terminated"][t]))
            same(f"row {i} step {t}: success", bool(infos["success"][i]), step["reward"][t] > 0)
    env.close()
    return {"episodes": len(rows), "steps": sum(lengths), "modes": autoresets(rows[0])}


def autoresets(row):
    """One recorded episode with an ending, in each mode: when the next one begins, and what the ending shows."""
    actions, last = row["step"]["actions"], image_of(row["step"]["obs"][-1])
    assert row["step"]["terminated"][-1] or row["step"]["truncated"][-1]
    alone = worlds.WorldEnv(row["id"])
    alone.reset(seed=row["seed"])
    next_episode, _ = alone.reset()
    for mode in ("NextStep", "SameStep"):
        env = worlds.WorldVectorEnv(row["id"], 1, autoreset_mode=mode)
        env.reset(seed=[row["seed"]])
        for action in actions:
            obs, reward, terminated, truncated, infos = env.step([action])
        assert terminated[0] or truncated[0]
        same(f"{mode}: reward", reward[0], row["step"]["reward"][-1])
        if mode == "SameStep":
            assert infos["_final_obs"][0]
            same("final_obs", infos["final_obs"][0]["image"], last)
        else:
            same("the last view", obs["image"][0], last)
            obs, reward, terminated, truncated, infos = env.step([2])
            assert reward[0] == 0 and not terminated[0] and not truncated[0]
        same(f"{mode}: the next episode's view", obs["image"][0], next_episode["image"])
        same(f"{mode}: its mission", obs["mission"][0], next_episode["mission"])
    return 2


def equal(a, b):
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(equal(a[key], b[key]) for key in a)
    return np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b


def check_contract(env):
    """What gymnasium 1.3's check_env asserts or warns of, for an environment like ours."""
    space = env.observation_space
    assert env.unwrapped is env and not callable(getattr(env, "seed", None))
    assert env.action_space.n == 7 and env.action_space.shape == ()
    assert len(space.spaces) > 0
    # reset: a pair of observation and dictionary; options are taken; seeds set np_random.
    for result in (env.reset(), env.reset(options={})):
        assert isinstance(result, tuple) and len(result) == 2
        assert result[0] in space and isinstance(result[1], dict)
    begun = []
    for _ in range(2):
        first, _ = env.reset(seed=123)
        assert env.unwrapped._np_random is not None
        drawn = env.unwrapped._np_random.bit_generator.state
        following, _ = env.reset()
        assert first in space and following in space
        begun.append((first, following, drawn))
    assert all(equal(a, b) for a, b in zip(*begun)), "the same seed begins another way"
    env.reset(seed=456)
    assert env.unwrapped._np_random.bit_generator.state != begun[0][2]
    # step: five values of the right types, and the same ones again from the same seed.
    env.action_space.seed(123)
    action = env.action_space.sample()
    taken = []
    for _ in range(2):
        env.reset(seed=123)
        obs, reward, terminated, truncated, info = env.step(action)
        assert obs in space and obs["image"].dtype == np.uint8
        assert isinstance(reward, (int, float)) and math.isfinite(reward)
        assert isinstance(terminated, bool) and isinstance(truncated, bool) and truncated is False
        assert isinstance(info, dict)
        taken.append((obs, reward, terminated, info))
    assert all(equal(a, b) for a, b in zip(*taken)), "the same step comes out another way"
    # render: a mode that is declared works; close may be called twice.
    assert env.metadata["render_fps"] > 0
    drawn = worlds.WorldEnv(env.level, render_mode="rgb_array")
    drawn.reset(seed=1)
    picture = drawn.render()
    assert picture.ndim == 3 and picture.shape[2] == 3 and picture.dtype == np.uint8
    drawn.close()
    drawn.close()


def contract(levels):
    checked = False
    for level in levels:
        check_contract(worlds.WorldEnv(level))
        if worlds.HAS_GYMNASIUM:
            import gymnasium
            from gymnasium.utils.env_checker import check_env

            worlds.register_levels()
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                check_env(gymnasium.make(f"PlannerDoer/{level}").unwrapped)
                vectors = gymnasium.make_vec(f"PlannerDoer/{level}", num_envs=3)
                obs, _ = vectors.reset(seed=5)
                assert obs in vectors.observation_space
                obs, *_ = vectors.step(vectors.action_space.sample())
                assert obs in vectors.observation_space
                vectors.close()
            checked = True
    return {"levels": len(levels), "checkEnv": checked}


def refusals():
    """A wrong request is refused in words, and the environment lives on."""
    env = worlds.WorldEnv("BabyAI-GoToLocal-v0")
    said = []
    for wrong in (lambda: env.step(0), lambda: worlds.WorldEnv("BabyAI-Nowhere-v0"), lambda: env.reset(seed=-1)):
        try:
            wrong()
        except (worlds.WorldError, ValueError) as error:
            said.append(str(error))
    env.reset(seed=1)
    try:
        env.step(9)
    except worlds.WorldError as error:
        said.append(str(error))
    env.step(2)
    return said


def run(what, *rest):
    limit = None
    names = list(rest)
    if "--rows" in names:
        at = names.index("--rows")
        limit = int(names[at + 1])
        del names[at : at + 2]
    if what == "golden":
        return golden(names, limit)
    if what == "vector":
        return vector(names)
    if what == "contract":
        return {**contract(names or ["BabyAI-GoToLocal-v0"]), "refusals": refusals()}
    sys.exit(__doc__)


def main(words):
    results = {}
    try:
        while words:
            end = words.index("--") if "--" in words else len(words)
            results[words[0]] = run(*words[:end])
            words = words[end + 1 :]
    except AssertionError as error:
        print(json.dumps({"ok": False, **results, "difference": str(error)}))
        sys.exit(1)
    print(json.dumps({"ok": True, **results}))


if __name__ == "__main__":
    main(sys.argv[1:])
