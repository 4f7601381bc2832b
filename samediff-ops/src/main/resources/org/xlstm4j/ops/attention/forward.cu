// Causal softmax attention, forward.
//   S = q k' scale   where a query sees a key (sight.cuh), -infinity elsewhere
//   o = softmax(S) v,   logSumExp = log sum exp S
// q [B T, H KEY_DIM], k [B T, G KEY_DIM], v [B T, G VALUE_DIM], documentStarts [B, T] or null
// -> o [B T, H VALUE_DIM], logSumExp [B, H, T]. Query head h reads key-value head h / (H / G).
//
// Sums are kept in terms of the largest score so far. Grid: ceil(T / QUERIES) H B; block: 2 QUERIES threads.
// Shared memory: QueryTile, 2 KeyTile, ValueTile, SHARED_WITH_SINKS<ValueTile> bytes.
// -DKEY_DIM -DVALUE_DIM -DQUERIES -DKEYS
#include "queryblock.cuh"

constexpr float LN_2 = 0.693147181f;

using QueryTile = Tile<QUERIES, KEY_DIM>;

struct Forward {
    const QueryBlock& block;
    unsigned char* shared;
    float scale2;
    Accumulator<1, ValueTile::WIDTH / 8> weighted;
    // The lane's two rows': the largest score so far, and the sum of the exponentials in this lane's columns.
    float largest[2];
    float sum[2];
    // What the sums so far are to be multiplied with for that.
    float correction[2];

    __device__ __forceinline__ Forward(const QueryBlock& block, unsigned char* shared, float scale) : block(block),
        shared(shared), scale2(scale * LOG2_E), largest{minusInfinity(), minusInfinity()}, sum{0, 0} {
        weighted.clear();
    }

    __device__ __forceinline__ QueryTile queryTile() const { return QueryTile(shared); }

    __device__ __forceinline__ KeyTile keyTile(int tile) const {
        return KeyTile(shared + QueryTile::BYTES + tile % 2 * KeyTile::BYTES);
    }

    __device__ __forceinline__ ValueTile valueTile(int tile) const {
        return ValueTile(shared + QueryTile::BYTES + 2 * KeyTile::BYTES + tile % 2 * ValueTile::BYTES);
    }

    // Values' second place, which the first tile leaves free.
    __device__ __forceinline__ unsigned char* sinks() const {
        return shared + QueryTile::BYTES + 2 * KeyTile::BYTES + ValueTile::BYTES;
    }

    __device__ __forceinline__ KeySinks keySinks() const { return KeySinks(sinks()); }

    __device__ __forceinline__ ValueSinks valueSinks() const { return ValueSinks(sinks() + KeySinks::BYTES); }

    __device__ __forceinline__ void takeSinks() {
        int end = block.tiles.sinksTo;
        for (int from = block.tiles.sinksFrom; from < end; from += SINK_KEYS) {
            if (from > block.tiles.sinksFrom) {
                __syncthreads();
                block.copySinks(from, keySinks(), valueSinks());
                commitCopies();
                awaitCopies();
            }
            Accumulator<1, SINK_KEYS / 8> scores;
            Held<SINK_KEYS / 8> weights;
            startScores(scores, queryTile(), block.groupRow, keySinks());
            waitForProduct<0>(scores);
            block.mask(scores, from, end);
            exponentiate(scores);
            rescale();
            weights.set(scores);
            startWeighted(weighted, weights, valueSinks());
            waitForProduct<0>(weighted);
        }
    }

    // While the weights of one tile's keys meet their values, the next tile's scores become weights.
    __device__ __forceinline__ void takeTiles() {
        Held<KEYS / 8> weights;
        block.walk(
            [&](int tile) {
                if (tile >= 0) {
                    awaitCopies();
                }
                block.copyKeys(tile + 2, keyTile(tile + 2));
                block.copyValues(tile + 1, valueTile(tile + 1));
                commitCopies();
            },
            [&](int tile) {
                Accumulator<1, KEYS / 8> scores;
                startScores(scores, queryTile(), block.groupRow, keyTile(tile));
                waitForProduct<0>(scores);
                block.maskTile(scores, tile);
                exponentiate(scores);
                rescale();
                weights.set(scores);
            },
            [&](int tile) {
                Accumulator<1, KEYS / 8> scores;
                startScores(scores, queryTile(), block.groupRow, keyTile(tile + 1));
                startWeighted(weighted, weights, valueTile(tile));
                waitForProduct<1>(scores);
                block.maskTile(scores, tile + 1);
                exponentiate(scores);
                waitForProduct<0>(weighted);
                rescale();
                weights.set(scores);
            },
            [&](int tile) {
                startWeighted(weighted, weights, valueTile(tile));
                waitForProduct<0>(weighted);
            });
    }

    // Replaces scores by their exponentials in terms of the new largest scores.
    template <int COLUMNS> __device__ __forceinline__ void exponentiate(Accumulator<1, COLUMNS>& scores) {
        float before[2] = {largest[0], largest[1]};
        forEachEntry(scores, [&](int half, int, float& x) { largest[half] = fmaxf(largest[half], x); });
        float base[2];
        #pragma unroll
        for (int half = 0; half < 2; half++) {
            largest[half] = rowMax(largest[half]);
            // A row that has seen nothing yet has no largest score.
            base[half] = largest[half] == minusInfinity() ? 0 : largest[half] * scale2;
            correction[half] = exp2Fast(before[half] * scale2 - base[half]);
            sum[half] *= correction[half];
        }
        forEachEntry(scores, [&](int half, int, float& x) {
            x = exp2Fast(fmaf(x, scale2, -base[half]));
            sum[half] += x;
        });
    }

    __device__ __forceinline__ void rescale() {
        forEachEntry(weighted, [&](int half, int, float& x) { x *= correction[half]; });
    }

    __device__ __forceinline__ void store(Element* output, float* logSumExp, int heads) {
        int warpRow = block.warpRow();
        int rows = block.time - block.first - warpRow;
        float factor[2];
        #pragma unroll
        for (int half = 0; half < 2; half++) {
            sum[half] = rowSum(sum[half]);
            factor[half] = 1 / sum[half];
            int query = block.laneQuery + 8 * half;
            if (threadIdx.x % 4 == 0 && query < block.time) {
                block.perQuery(logSumExp, heads)[query] = largest[half] * scale2 * LN_2 + logf(sum[half]);
            }
        }
        long long stride = (long long) heads * VALUE_DIM;
        storeRows<VALUE_DIM>(weighted, block.rowsOf(output, heads, VALUE_DIM) + warpRow * stride, stride, rows, factor);
    }
};

extern "C" __global__ void __launch_bounds__(THREADS)
attentionForward(const Element* query, const Element* key, const Element* value, const int* documentStarts,
                 Element* output, float* logSumExp, int heads, int keyValueHeads, int time, int window, int sinks,
                 float scale) {
    extern __shared__ __align__(1024) unsigned char shared[];
    QueryBlock block(key, value, documentStarts, heads, keyValueHeads, time, Window{window, sinks});
    Forward forward(block, shared, scale);
    copyTile<THREADS>(forward.queryTile(), block.rowsOf(query, heads, KEY_DIM), heads * KEY_DIM, time - block.first);
    block.copyKeys(0, forward.keyTile(0));
    if (block.tiles.sinksTo > block.tiles.sinksFrom) {
        block.copySinks(block.tiles.sinksFrom, forward.keySinks(), forward.valueSinks());
    }
    commitCopies();
    awaitCopies();
    forward.takeSinks();
    forward.takeTiles();
    forward.store(output, logSumExp, heads);
}
