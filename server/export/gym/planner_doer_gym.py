"""The worlds of Planner & Doer as Gymnasium environments: one file, to be copied where it is needed.

    from planner_doer_gym import WorldEnv, WorldVectorEnv
    env = WorldEnv("BabyAI-GoToLocal-v0")
    obs, info = env.reset(seed=7)          # the bytes that Python Minigrid gives for this seed
    obs, reward, terminated, truncated, info = env.step(env.action_space.sample())

Needs numpy, and Node with the project's folder: this file's own, or the one that the variable
PLANNER_DOER_HOME names. `register_levels()` makes `gymnasium.make("PlannerDoer/BabyAI-GoToLocal-v0")`
work. Without the package gymnasium the same classes work on stand-ins for its spaces.
The protocol is described in README.md beside this file.
"""

import atexit
import base64
import json
import os
import pathlib
import subprocess
import threading

import numpy as np

try:
    import gymnasium
    from gymnasium import spaces
    from gymnasium.vector import AutoresetMode
    from gymnasium.vector import VectorEnv as _VectorEnv
    from gymnasium.vector.utils import batch_space

    _Env = gymnasium.Env
    _next_step, _same_step = AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP
    _disabled = AutoresetMode.DISABLED
    HAS_GYMNASIUM = True
except ImportError:
    HAS_GYMNASIUM = False
    _next_step, _same_step, _disabled = "NextStep", "SameStep", "Disabled"

VIEW = 7
ACTIONS = ("left", "right", "forward", "pickup", "drop", "toggle", "done")
MISSION_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ,.'-"
MAX_MISSION = 400


class WorldError(RuntimeError):
    """What the worlds say of a request that they cannot do."""


class Worlds:
    """A Node process that holds the environments. One serves any number of them."""

    _shared = {}

    @classmethod
    def shared(cls):
        """The process that all environments of this Python process share; a forked one gets its own."""
        worlds = cls._shared.get(os.getpid())
        if worlds is None or worlds.process.poll() is not None:
            worlds = cls._shared[os.getpid()] = cls()
        return worlds

    def __init__(self, command=None, home=None):
        """`command`: what is started instead of Node; it speaks the same protocol."""
        home = home or os.environ.get("PLANNER_DOER_HOME") or pathlib.Path(__file__).resolve().parents[3]
        self.process = subprocess.Popen(
            command or ["node", "--import", "tsx", "server/cli.ts", "gym"],
            cwd=home,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._lock = threading.Lock()
        atexit.register(self.close)
        self.hello = self.ask(op="hello")
        if self.hello["protocol"] != 1:
            raise WorldError(f"protocol is {self.hello['protocol']}; this file speaks 1")

    def ask(self, **request):
        """One request, and its reply as a dictionary. Raises a WorldError that says what is accepted."""
        line = json.dumps(request, separators=(",", ":")).encode() + b"\n"
        with self._lock:
            try:
                self.process.stdin.write(line)
                self.process.stdin.flush()
                answer = self.process.stdout.readline()
            except (BrokenPipeError, ValueError):
                answer = b""
        if not answer:
            raise WorldError(
                "the worlds have ended; they need Node in the PATH, and PLANNER_DOER_HOME where this "
                "file is not in the project's folder"
            )
        reply = json.loads(answer)
        if not reply["ok"]:
            raise WorldError(reply["error"])
        return reply

    def close(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            self.process.wait(10)
        self.process.stdout.close()


def levels():
    """All level ids. `mission:…` and `layout:…` are levels too (envs/language/README.md)."""
    return list(Worlds.shared().hello["levels"])


def _views(text, count):
    """count × 7 × 7 × 3 bytes: view column from the left, row from afar, (object, colour, state)."""
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(count, VIEW, VIEW, 3).copy()


def _seed_of(seed):
    if seed is None:
        return None
    if isinstance(seed, (bool, float)) or int(seed) != seed or seed < 0:
        raise ValueError(f"seed is {seed!r}; accepted: a whole number from 0 up")
    return int(seed)


if not HAS_GYMNASIUM:

    class _Space:
        """What this file needs of a space of Gymnasium."""

        shape, dtype = None, None

        def seed(self, seed=None):
            self._random = np.random.default_rng(seed)

        @property
        def random(self):
            if not hasattr(self, "_random"):
                self.seed()
            return self._random

        def __contains__(self, value):
            return self.contains(value)

    class _Discrete(_Space):
        shape, dtype = (), np.int64

        def __init__(self, n):
            self.n = n

        def contains(self, value):
            return isinstance(value, (int, np.integer)) and 0 <= value < self.n

        def sample(self):
            return np.int64(self.random.integers(self.n))

    class _Box(_Space):
        def __init__(self, low, high, shape, dtype):
            self.low, self.high, self.shape, self.dtype = low, high, shape, np.dtype(dtype)

        def contains(self, value):
            return (
                isinstance(value, np.ndarray)
                and value.shape == self.shape
                and value.dtype == self.dtype
                and bool((value >= self.low).all() and (value <= self.high).all())
            )

    class _Text(_Space):
        dtype = str

        def __init__(self, max_length, charset):
            self.max_length, self.charset = max_length, frozenset(charset)

        def contains(self, value):
            return isinstance(value, str) and 0 < len(value) <= self.max_length and set(value) <= self.charset

    class _Dict(_Space):
        def __init__(self, parts):
            self.spaces = dict(parts)

        def contains(self, value):
            return (
                isinstance(value, dict)
                and value.keys() == self.spaces.keys()
                and all(value[key] in space for key, space in self.spaces.items())
            )

    class spaces:  # noqa: N801
        Discrete, Box, Text, Dict = _Discrete, _Box, _Text, _Dict

    class _Env:
        spec = None
        render_mode = None
        _np_random = None

        def reset(self, *, seed=None, options=None):
            if seed is not None:
                self._np_random = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed)))

        @property
        def unwrapped(self):
            return self

        def close(self):
            pass

    class _VectorEnv:
        spec = None

        def close(self, **kwargs):
            self.close_extras(**kwargs)

    def batch_space(space, n):
        return [space] * n


def _observation_space():
    return spaces.Dict(
        {
            "image": spaces.Box(low=0, high=255, shape=(VIEW, VIEW, 3), dtype=np.uint8),
            "direction": spaces.Discrete(4),
            "mission": spaces.Text(max_length=MAX_MISSION, charset=MISSION_LETTERS),
        }
    )


class WorldEnv(_Env):
    """One environment. Observations, rewards and endings are Minigrid's; `info["success"]` is ours."""

    metadata = {"render_modes": ["rgb_array"], "render_fps": 6}

    def __init__(self, level, render_mode=None, worlds=None):
        if render_mode not in (None, "rgb_array"):
            raise ValueError(f"render_mode is {render_mode!r}; accepted: None or 'rgb_array'")
        self.level = level
        self.render_mode = render_mode
        self.observation_space = _observation_space()
        self.action_space = spaces.Discrete(len(ACTIONS))
        self._worlds = worlds or Worlds.shared()
        self._group = self._worlds.ask(op="make", levels=[level])["group"]
        self._mission = ""

    def reset(self, *, seed=None, options=None):
        """As in Minigrid: without a seed the environment's own stream of levels goes on."""
        seed = _seed_of(seed)
        super().reset(seed=seed, options=options)
        reply = self._ask(op="reset", seeds=[seed])
        self._mission = reply["mission"]["0"]
        return self._observation(reply), {}

    def step(self, action):
        reply = self._ask(op="step", actions=[int(action)])
        info = {"success": bool(reply["success"][0])}
        ends = bool(reply["terminated"][0]), bool(reply["truncated"][0])
        return self._observation(reply), float(reply["reward"][0]), *ends, info

    def render(self):
        """Height × width × 3 bytes, with render_mode "rgb_array"."""
        if self.render_mode is None:
            return None
        reply = self._ask(op="render")
        pixels = np.frombuffer(base64.b64decode(reply["pixels"]), np.uint8)
        return pixels.reshape(reply["height"], reply["width"], 3).copy()

    def close(self):
        if self._group is not None and self._worlds.process.poll() is None:
            self._ask(op="close")
        self._group = None
        super().close()

    def _ask(self, **request):
        if self._group is None:
            raise WorldError("the environment is closed")
        return self._worlds.ask(group=self._group, **request)

    def _observation(self, reply):
        return {
            "image": _views(reply["image"], 1)[0],
            "direction": np.int64(reply["direction"][0]),
            "mission": self._mission,
        }


class WorldVectorEnv(_VectorEnv):
    """Many environments in one request a step, with the `step` and `reset` of Gymnasium's vector API."""

    def __init__(self, level, num_envs=1, autoreset_mode=_next_step, worlds=None):
        """`level`: one for all, or a list with one for each. Resets after an ending as Gymnasium's
        SyncVectorEnv does in the three modes of AutoresetMode."""
        chosen = [level] * num_envs if isinstance(level, str) else list(level)
        mode = getattr(autoreset_mode, "value", autoreset_mode)
        names = {"NextStep": "next-step", "SameStep": "same-step", "Disabled": "disabled"}
        if mode not in names:
            raise ValueError(f"autoreset_mode is {autoreset_mode!r}; accepted: {', '.join(names)}")
        self.num_envs = len(chosen)
        mode_of = {"NextStep": _next_step, "SameStep": _same_step, "Disabled": _disabled}[mode]
        self.metadata = {"autoreset_mode": mode_of, "render_modes": []}
        self.single_observation_space = _observation_space()
        self.single_action_space = spaces.Discrete(len(ACTIONS))
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self._worlds = worlds or Worlds.shared()
        self._group = self._worlds.ask(op="make", levels=chosen, autoreset=names[mode])["group"]
        self._missions = [""] * self.num_envs

    def reset(self, *, seed=None, options=None):
        """`seed`: None, one number (each environment gets the next one), or a list.
        `options["reset_mask"]`: a boolean array that says which environments to reset."""
        if seed is None or isinstance(seed, (list, tuple, np.ndarray)):
            seeds = [None] * self.num_envs if seed is None else [_seed_of(one) for one in seed]
        else:
            seeds = [_seed_of(seed) + i for i in range(self.num_envs)]
        request = {"op": "reset", "group": self._group, "seeds": seeds}
        mask = (options or {}).get("reset_mask")
        if mask is not None:
            request["only"] = [int(i) for i in np.flatnonzero(mask)]
        return self._observation(self._worlds.ask(**request)), {}

    def step(self, actions):
        reply = self._worlds.ask(op="step", group=self._group, actions=[int(a) for a in actions])
        infos = {"success": np.array(reply["success"], bool), "_success": np.ones(self.num_envs, bool)}
        finals = reply.get("finals")
        if finals:
            infos["final_obs"] = np.full(self.num_envs, None, object)
            infos["_final_obs"] = np.zeros(self.num_envs, bool)
            for key, final in finals.items():
                infos["_final_obs"][int(key)] = True
                infos["final_obs"][int(key)] = {
                    "image": _views(final["image"], 1)[0],
                    "direction": np.int64(final["direction"]),
                    "mission": final["mission"],
                }
        ends = np.array(reply["terminated"], bool), np.array(reply["truncated"], bool)
        return self._observation(reply), np.array(reply["reward"], np.float64), *ends, infos

    def close_extras(self, **kwargs):
        if self._group is not None and self._worlds.process.poll() is None:
            self._worlds.ask(op="close", group=self._group)
        self._group = None

    def _observation(self, reply):
        for key, mission in reply.get("mission", {}).items():
            self._missions[int(key)] = mission
        return {
            "image": _views(reply["image"], self.num_envs),
            "direction": np.array(reply["direction"], np.int64),
            "mission": tuple(self._missions),
        }


def register_levels():
    """Makes `gymnasium.make("PlannerDoer/" + level)` and `make_vec` work for all levels."""
    for level in levels():
        name = f"PlannerDoer/{level}"
        if name not in gymnasium.registry:
            gymnasium.register(
                name,
                entry_point=WorldEnv,
                vector_entry_point=WorldVectorEnv,
                kwargs={"level": level},
            )
