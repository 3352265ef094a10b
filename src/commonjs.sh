#!/usr/bin/env bash
# Adds to dist/ what CommonJS gets: the same module, and its declarations by names that TypeScript takes for CommonJS. Under
# `module` node16 it refuses declarations of ES modules there, although Node itself can require them.
set -euo pipefail
cd "${BASH_SOURCE[0]%/*}/../dist"

# src/index.ts, and what its declarations import.
readonly DECLARATIONS=(index worker/api worker/worker-info loading/warm-ups)

for name in "${DECLARATIONS[@]}"; do sed "s/\.ts';$/.cts';/" "${name}.d.ts" >"${name}.d.cts"; done
printf "module.exports = require('./index.js');\n" >index.cjs
