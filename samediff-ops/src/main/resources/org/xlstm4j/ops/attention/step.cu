// A decoding step of attention over a cache of keys and values, as step.cuh has it: first its parts, then the whole.
#include "step.cuh"
#include "chain.cuh"

CHAINED(attentionStepParts);
CHAINED(attentionStepWhole);

// Grid: splits = ceil(slots / SLOTS), G, B.
extern "C" __global__ void __launch_bounds__(STEP_THREADS)
attentionStepParts(const Element* query, const Element* key, const Element* value, const Element* keys,
                   const Element* values, const float* positions, Element* newKeys, Element* newValues, float* part,
                   float* ofPart, int heads, int keyValueHeads, int slots, int ringSinks, int ringWindow, float scale) {
    extern __shared__ __align__(16) unsigned char shared[];
    StepPlace at{(int) blockIdx.x, (int) blockIdx.y, (int) blockIdx.z, (int) gridDim.z};
    Cache cache{slots, keyValueHeads, ringSinks, ringWindow};
    prefetchPart(at, cache, keys, values);
    waitForInputs();
    attendToPart(at, cache, query, key, value, keys, values, positions,
                 newKeys, newValues, part, ofPart, heads, scale, shared);
}

// output [B, H VALUE_DIM]. Grid: H, B; block: 128.
extern "C" __global__ void __launch_bounds__(128)
attentionStepWhole(const float* part, const float* ofPart, const float* positions, Element* output, int slots) {
    waitForInputs();
    long long head = (long long) blockIdx.y * gridDim.x + blockIdx.x;
    for (int c = threadIdx.x; c < VALUE_DIM; c += 128) {
        output[head * VALUE_DIM + c] = fromFloat<Element>(wholeOfParts(part, ofPart, (int) positions[blockIdx.y],
            slots, head, (long long) gridDim.y * gridDim.x, c));
    }
}
