import { adamTerms } from './adamTerms.ts';
import { plainRaggedAttention } from './raggedAttention.ts';
import {
  type Ops,
  RMS_EPSILON,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  type TF,
} from './types.ts';

/**
 * The operations composed of tfjs's own, for backends without fused kernels. tfjs derives the gradients.
 * @param gathers whether the backend has a gradient for gathering rows; wasm has not
 */
export function plainOps(tf: TF, gathers = false): Ops {
  const rows = (x: Tensor): Tensor2D => tf.reshape(x, [-1, x.shape[x.shape.length - 1]]);

  const silu = <T extends Tensor>(x: T): T => tf.mul(x, tf.sigmoid(x));

  function linear(x: Tensor, w: Tensor2D, b?: Tensor1D): Tensor {
    const y = tf.matMul(rows(x), w);
    return tf.reshape(b ? tf.add(y, b) : y, [...x.shape.slice(0, -1), w.shape[1]]);
  }

  function rmsNorm<T extends Tensor>(x: T): T {
    return tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), RMS_EPSILON)));
  }

  function swiglu<T extends Tensor>(x: T, wGateUp: Tensor2D, wDown: Tensor2D): T {
    const f = wDown.shape[0];
    const [gate, up] = tf.split(tf.matMul(rows(x), wGateUp), [f, f], 1);
    return tf.reshape(tf.matMul(tf.mul(silu(gate), up) as Tensor2D, wDown), x.shape) as T;
  }

  /** [B, S, heads * hd] → [B, heads, S, hd]. */
  const splitHeads = (x: Tensor, heads: number): Tensor4D => {
    const [b, s, d] = x.shape;
    return tf.transpose(tf.reshape(x, [b, s, heads, d / heads]), [0, 2, 1, 3]);
  };
  const joinHeads = (x: Tensor4D): Tensor3D => {
    const [b, h, s, hd] = x.shape;
    return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [b, s, h * hd]);
  };

  /** x cos + rotateHalf(x) sin on [B, heads, S, hd]. */
  const rotate = (x: Tensor4D, cos: Tensor2D, sin: Tensor2D): Tensor4D => {
    const half = x.shape[3] / 2;
    const [first, second] = tf.split(x, [half, half], 3);
    return tf.add(tf.mul(x, cos), tf.mul(tf.concat([tf.neg(second), first], 3), sin));
  };

  const softmaxWeights = (q: Tensor4D, k: Tensor4D): Tensor4D =>
    tf.softmax(tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(q.shape[3])));

  /** 0/1 matrix whose product with a table sums its rows. Index -1 gives zeros. */
  const multiHot = (indices: Tensor2D, depth: number): Tensor2D => {
    const columns = tf.split(indices, indices.shape[1], 1);
    // int32 transposes and negative one-hot indices differ between backends; floats compared with a range do not.
    const range = tf.reshape(tf.range(0, depth), [1, depth]);
    let sum: Tensor | undefined;
    for (const column of columns) {
      const hot = tf.cast(tf.equal(tf.cast(column, 'float32'), range), 'float32');
      sum = sum ? tf.add(sum, hot) : hot;
    }
    return sum as Tensor2D;
  };

  const embedSum: Ops['embedSum'] = gathers
    ? (table, indices) => {
        const [rows, width] = table.shape;
        const padded = tf.concat([table, tf.zeros([1, width])], 0);
        const none = tf.fill(indices.shape, rows, 'int32');
        return tf.sum(tf.gather(padded, tf.where(tf.less(indices, 0), none, indices)), 1);
      }
    : (table, indices) => tf.matMul(multiHot(indices, table.shape[0]), table);

  const gatherRows: Ops['gatherRows'] = (x, index) => embedSum(x, tf.reshape(index, [-1, 1]));

  return {
    linear,
    rmsNorm,
    addRmsNorm: (x, y) => rmsNorm(tf.add(x, y)),
    swiglu,
    swigluBlock: (x, wGateUp, wDown) => rmsNorm(tf.add(x, swiglu(x, wGateUp, wDown))),
    attentionBlock(x, wqkv, wo, heads, rotary) {
      const d = x.shape[2];
      let [q, k, v] = tf
        .split(linear(x, wqkv), [d, d, d], 2)
        .map((part) => splitHeads(part, heads));
      if (rotary) {
        q = rotate(q, rotary.cos, rotary.sin);
        k = rotate(k, rotary.cos, rotary.sin);
      }
      const context = joinHeads(tf.matMul(softmaxWeights(q, k), v));
      return rmsNorm(tf.add(x, linear(context, wo))) as Tensor3D;
    },
    embedSum,
    gatherRows,
    raggedAttention: plainRaggedAttention(tf, gatherRows),
    categorical(logits, actions) {
      const logP = tf.logSoftmax(logits);
      const hot = multiHot(tf.reshape(actions, [-1, 1]), logits.shape[1]);
      return {
        logProb: tf.sum(tf.mul(logP, hot), 1) as Tensor1D,
        entropy: tf.neg(tf.sum(tf.mul(tf.exp(logP), logP), 1)) as Tensor1D,
      };
    },
    sigmoid: (x) => tf.sigmoid(x),
    silu,
    async adamStep(params, grads, m, v, settings) {
      const squares = tf.tidy(() => tf.sum(tf.stack(grads.map((g) => tf.sum(tf.square(g))))));
      const norm = Math.sqrt((await squares.data())[0]);
      squares.dispose();
      if (!Number.isFinite(norm)) return norm;
      const { scale, lr, beta1, beta2, eps, weightDecay, c1, c2 } = adamTerms(settings, norm);
      tf.tidy(() => {
        params.forEach((w, i) => {
          const g = tf.mul(grads[i], scale);
          m[i].assign(tf.add(tf.mul(m[i], beta1), tf.mul(g, 1 - beta1)));
          v[i].assign(tf.add(tf.mul(v[i], beta2), tf.mul(tf.square(g), 1 - beta2)));
          const update = tf.div(tf.mul(m[i], lr * c1), tf.add(tf.sqrt(tf.mul(v[i], c2)), eps));
          w.assign(tf.sub(tf.mul(w, 1 - lr * weightDecay), update));
        });
      });
      return norm;
    },
  };
}
