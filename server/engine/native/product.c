// Matrix products for the wasm kernels, at the machine's full vector width. Built on first use where a C compiler is
// present; without it the kernels use their own. Sums run over k in the same order with fused multiply-add, so both
// give the same bits. No Node headers are needed: the few Node-API functions used are declared here.
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct napi_env__ *napi_env;
typedef struct napi_value__ *napi_value;
typedef struct napi_callback_info__ *napi_callback_info;
typedef napi_value (*napi_callback)(napi_env, napi_callback_info);
extern int napi_get_cb_info(napi_env, napi_callback_info, size_t *, napi_value *, napi_value *, void **);
extern int napi_get_value_uint32(napi_env, napi_value, uint32_t *);
extern int napi_get_arraybuffer_info(napi_env, napi_value, void **, size_t *);
extern int napi_create_function(napi_env, const char *, size_t, napi_callback, void *, napi_value *);
extern int napi_set_named_property(napi_env, napi_value, const char *, napi_value);

typedef float v8 __attribute__((vector_size(32), aligned(4), may_alias));

// x b + c with one rounding. Spelt out where possible: GCC splits short chains of them again when tuning for some CPUs.
static inline v8 fma8(float x, v8 b, v8 c) {
#ifdef __FMA__
  return (v8)__builtin_ia32_vfmaddps256((v8){x, x, x, x, x, x, x, x}, b, c);
#else
  return x * b + c;
#endif
}

static void storePart(float *to, v8 value, int lanes, int add) {
  for (int i = 0; i < lanes; i++) to[i] = add ? to[i] + value[i] : value[i];
}

// C[R,8P] (+)= A[R,k] B[k,8P], B in P panels; strides in floats. `cols` < 8P at the right edge. Two panels of 6 rows, or
// one of 12, fill 12 of 16 vector registers.
#define UNROLL _Pragma("GCC unroll 16")
#define TILE(R, P)                                                                                         \
  static void tile##R##x##P(const float *a, size_t lda, const float *b, size_t ldb, size_t panel,          \
                            uint32_t k, float *c, size_t ldc, uint32_t cols, int add) {                    \
    v8 sum[R][P];                                                                                          \
    UNROLL for (int r = 0; r < R; r++) UNROLL for (int p = 0; p < P; p++) sum[r][p] = (v8){0};             \
    for (uint32_t i = 0; i < k; i++, b += ldb) {                                                           \
      v8 row[P];                                                                                           \
      UNROLL for (int p = 0; p < P; p++) row[p] = *(const v8 *)(b + p * panel);                            \
      UNROLL for (int r = 0; r < R; r++) {                                                                 \
        const float x = a[r * lda + i];                                                                    \
        UNROLL for (int p = 0; p < P; p++) sum[r][p] = fma8(x, row[p], sum[r][p]);                         \
      }                                                                                                    \
    }                                                                                                      \
    UNROLL for (int r = 0; r < R; r++, c += ldc) {                                                         \
      UNROLL for (int p = 0; p < P; p++) {                                                                 \
        float *to = c + 8 * p;                                                                             \
        if (cols >= 8 * (p + 1)) {                                                                         \
          v8 value = sum[r][p];                                                                            \
          if (add) value += *(const v8 *)to;                                                               \
          *(v8 *)to = value;                                                                               \
        } else {                                                                                           \
          storePart(to, sum[r][p], (int)cols - 8 * p, add);                                                \
        }                                                                                                  \
      }                                                                                                    \
    }                                                                                                      \
  }
TILE(6, 2)
TILE(4, 2)
TILE(2, 2)
TILE(1, 2)
TILE(12, 1)
TILE(4, 1)
TILE(1, 1)

static void product(const float *a, size_t lda, uint32_t n, uint32_t k, const float *b, size_t ldb,
                    size_t panel, uint32_t m, float *c, size_t ldc, int add) {
  // A block of A rows stays in the first-level cache while all panels of B pass by.
  uint32_t block = 4096 / (k ? k : 1) / 12 * 12;
  if (block < 12) block = 12;
  for (uint32_t i0 = 0; i0 < n; i0 += block) {
    const uint32_t i1 = n - i0 < block ? n : i0 + block;
    for (uint32_t j = 0; j < m;) {
      const float *from = b + j / 8 * panel;
      const uint32_t left = m - j;
      uint32_t i = i0;
#define RUN(R, P)               \
  for (; i + R <= i1; i += R) \
    tile##R##x##P(a + i * lda, lda, from, ldb, panel, k, c + i * ldc + j, ldc, left < 8 * P ? left : 8 * P, add);
      if (left > 8) {
        RUN(6, 2) RUN(4, 2) RUN(2, 2) RUN(1, 2)
        j += 16;
      } else {
        RUN(12, 1) RUN(4, 1) RUN(1, 1)
        j += 8;
      }
    }
  }
}

// product(memory, a, lda, n, k, b, ldb, panelStride, m, c, ldc, add): offsets and strides in bytes.
static napi_value call(napi_env env, napi_callback_info info) {
  napi_value argv[12];
  size_t argc = 12, size;
  void *memory;
  uint32_t v[12];
  napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
  if (argc < 12 || napi_get_arraybuffer_info(env, argv[0], &memory, &size)) return NULL;
  for (int i = 1; i < 12; i++) napi_get_value_uint32(env, argv[i], &v[i]);
  char *base = memory;
  product((float *)(base + v[1]), v[2] / 4, v[3], v[4], (float *)(base + v[5]), v[6] / 4, v[7] / 4, v[8],
          (float *)(base + v[9]), v[10] / 4, v[11]);
  return NULL;
}

__attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  napi_value function;
  napi_create_function(env, "product", (size_t)-1, call, NULL, &function);
  napi_set_named_property(env, exports, "product", function);
  return exports;
}
