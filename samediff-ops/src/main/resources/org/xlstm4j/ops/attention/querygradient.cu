// Causal softmax attention, backward: the queries' gradient, and what the keys' needs of it.
//   delta = sum do o,   P = exp(S - logSumExp) where a query sees a key,   dS = P (do v' - delta),   dq = dS k scale
// query, key, value, documentStarts, output, logSumExp: forward's; dOutput [B T, H VALUE_DIM]
// -> delta [B, H, T], dQuery [B T, H KEY_DIM]. Grid: ceil(T / QUERIES) H B; block: 2 QUERIES threads.
// Shared memory: QueryTile, OutputTile, 2 ValueTile, 2 KeyTile, SHARED_WITH_SINKS<KeyTile> bytes.
// -DKEY_DIM -DVALUE_DIM -DQUERIES -DKEYS
#include "queryblock.cuh"

using QueryTile = Tile<QUERIES, KEY_DIM>;
using OutputTile = Tile<QUERIES, VALUE_DIM>;

// A warp's share of the output's rows: lanes 2 r and 2 r + 1 take turns at the pieces of row r.
struct OutputRows {
    static constexpr bool VECTORS = VALUE_DIM % PER_VECTOR<Element> == 0;
    static constexpr int PIECE = VECTORS ? PER_VECTOR<Element> : 1;
    static constexpr int PIECES = (VALUE_DIM / PIECE + 1) / 2;

    struct alignas(PIECE * sizeof(Element)) Piece {
        Element values[PIECE];
    };

    Piece pieces[PIECES];

    __device__ __forceinline__ static int column(int piece) { return (2 * piece + threadIdx.x % 2) * PIECE; }

    __device__ __forceinline__ OutputRows(const Element* rows, int stride, int count) {
        int row = threadIdx.x % 32 / 2;
        #pragma unroll
        for (int i = 0; i < PIECES; i++) {
            pieces[i] = row < count && column(i) < VALUE_DIM
                ? *reinterpret_cast<const Piece*>(rows + (long long) row * stride + column(i)) : Piece{};
        }
    }

    // The sum of a row's products with that of its gradient, in both of its lanes.
    __device__ __forceinline__ float times(OutputTile gradient, int firstRow) const {
        int row = threadIdx.x % 32 / 2;
        float sum = 0;
        #pragma unroll
        for (int i = 0; i < PIECES; i++) {
            if (column(i) < VALUE_DIM) {
                const Piece& other = *reinterpret_cast<const Piece*>(gradient.at(firstRow + row, column(i)));
                #pragma unroll
                for (int e = 0; e < PIECE; e++) {
                    sum = fmaf(toFloat(pieces[i].values[e]), toFloat(other.values[e]), sum);
                }
            }
        }
        return sum + __shfl_xor_sync(0xffffffffu, sum, 1);
    }
};

struct QueryGradient {
    const QueryBlock& block;
    unsigned char* shared;
    float scale2;
    Accumulator<1, KeyTile::WIDTH / 8> weighted;
    // The lane's two queries'.
    float logSumExp2[2];
    float delta[2];

    __device__ __forceinline__ QueryGradient(const QueryBlock& block, unsigned char* shared, float scale) :
        block(block), shared(shared), scale2(scale * LOG2_E) {
        weighted.clear();
    }

    // Begins with what there is a query, once its output's gradient has come.
    __device__ __forceinline__ void begin(const OutputRows& output, const float* logSumExp, float* deltas) {
        float product = output.times(dOutputTile(), block.warpRow());
        #pragma unroll
        for (int half = 0; half < 2; half++) {
            int query = block.laneQuery + 8 * half;
            delta[half] = __shfl_sync(0xffffffffu, product, threadIdx.x % 32 / 4 * 2 + 16 * half);
            logSumExp2[half] = query < block.time ? logSumExp[query] * LOG2_E : 0;
            if (threadIdx.x % 4 == 0 && query < block.time) {
                deltas[query] = delta[half];
            }
        }
    }

    __device__ __forceinline__ QueryTile queryTile() const { return QueryTile(shared); }

    __device__ __forceinline__ OutputTile dOutputTile() const { return OutputTile(shared + QueryTile::BYTES); }

    // Keys are needed until the next tile's have been used.
    __device__ __forceinline__ KeyTile keyTile(int tile) const {
        return KeyTile(shared + QueryTile::BYTES + OutputTile::BYTES + 2 * ValueTile::BYTES
            + tile % 3 * KeyTile::BYTES);
    }

    __device__ __forceinline__ ValueTile valueTile(int tile) const {
        return ValueTile(shared + QueryTile::BYTES + OutputTile::BYTES + tile % 2 * ValueTile::BYTES);
    }

    // Keys' third place, which the first two tiles leave free.
    __device__ __forceinline__ unsigned char* sinks() const {
        return shared + QueryTile::BYTES + OutputTile::BYTES + 2 * (ValueTile::BYTES + KeyTile::BYTES);
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
            Accumulator<1, SINK_KEYS / 8> dScores;
            Held<SINK_KEYS / 8> held;
            startScores(scores, queryTile(), block.groupRow, keySinks());
            startScores(dScores, dOutputTile(), block.groupRow, valueSinks());
            waitForProduct<1>(scores);
            block.mask(scores, from, end);
            exponentiate(scores);
            waitForProduct<0>(dScores);
            differentiate(dScores, scores);
            held.set(dScores);
            startWeighted(weighted, held, keySinks());
            waitForProduct<0>(weighted);
        }
    }

    // While the gradients of one tile's scores meet its keys, those of the next tile's come to be.
    __device__ __forceinline__ void takeTiles() {
        Held<KEYS / 8> held;
        block.walk(
            [&](int tile) {
                if (tile >= 0) {
                    awaitCopies();
                }
                block.copyKeys(tile + 2, keyTile(tile + 2));
                block.copyValues(tile + 2, valueTile(tile + 2));
                commitCopies();
            },
            [&](int tile) {
                Accumulator<1, KEYS / 8> scores;
                Accumulator<1, KEYS / 8> dScores;
                startScores(scores, queryTile(), block.groupRow, keyTile(tile));
                startScores(dScores, dOutputTile(), block.groupRow, valueTile(tile));
                waitForProduct<1>(scores);
                block.maskTile(scores, tile);
                exponentiate(scores);
                waitForProduct<0>(dScores);
                differentiate(dScores, scores);
                held.set(dScores);
            },
            [&](int tile) {
                Accumulator<1, KEYS / 8> scores;
                Accumulator<1, KEYS / 8> dScores;
                startScores(scores, queryTile(), block.groupRow, keyTile(tile + 1));
                startScores(dScores, dOutputTile(), block.groupRow, valueTile(tile + 1));
                startWeighted(weighted, held, keyTile(tile));
                waitForProduct<2>(scores);
                block.maskTile(scores, tile + 1);
                exponentiate(scores);
                waitForProduct<1>(dScores);
                differentiate(dScores, scores);
                waitForProduct<0>(weighted);
                held.set(dScores);
            },
            [&](int tile) {
                startWeighted(weighted, held, keyTile(tile));
                waitForProduct<0>(weighted);
            });
    }

    template <int COLUMNS> __device__ __forceinline__ void exponentiate(Accumulator<1, COLUMNS>& scores) {
        forEachEntry(scores, [&](int half, int, float& x) { x = exp2Fast(fmaf(x, scale2, -logSumExp2[half])); });
    }

    template <int COLUMNS>
    __device__ __forceinline__ void differentiate(Accumulator<1, COLUMNS>& dScores,
                                                  const Accumulator<1, COLUMNS>& weights) {
        forEachEntry(dScores, weights, [&](int half, int, float& x, float weight) { x = weight * (x - delta[half]); });
    }
};

extern "C" __global__ void __launch_bounds__(THREADS)
attentionQueryGradient(const Element* query, const Element* key, const Element* value, const int* documentStarts,
                       const Element* output, const float* logSumExp, const Element* dOutput, float* delta,
                       Element* dQuery, int heads, int keyValueHeads, int time, int window, int sinks, float scale) {
    extern __shared__ __align__(1024) unsigned char shared[];
    QueryBlock block(key, value, documentStarts, heads, keyValueHeads, time, Window{window, sinks});
    QueryGradient gradient(block, shared, scale);
    int rows = time - block.first;
    int queryStride = heads * KEY_DIM;
    int outputStride = heads * VALUE_DIM;
    copyTile<THREADS>(gradient.queryTile(), block.rowsOf(query, heads, KEY_DIM), queryStride, rows);
    copyTile<THREADS>(gradient.dOutputTile(), block.rowsOf(dOutput, heads, VALUE_DIM), outputStride, rows);
    block.copyKeys(0, gradient.keyTile(0));
    block.copyValues(0, gradient.valueTile(0));
    if (block.tiles.sinksTo > block.tiles.sinksFrom) {
        block.copySinks(block.tiles.sinksFrom, gradient.keySinks(), gradient.valueSinks());
    }
    commitCopies();
    int warpRow = block.warpRow();
    OutputRows outputs(block.rowsOf(output, heads, VALUE_DIM) + (long long) warpRow * outputStride, outputStride,
        rows - warpRow);
    awaitCopies();
    gradient.begin(outputs, block.perQuery(logSumExp, heads), block.perQuery(delta, heads));
    gradient.takeSinks();
    gradient.takeTiles();
    storeRows<KEY_DIM>(gradient.weighted, block.rowsOf(dQuery, heads, KEY_DIM) + (long long) warpRow * queryStride,
        queryStride, rows - warpRow, {scale, scale});
}
