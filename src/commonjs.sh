#!/usr/bin/env bash
# Adds the CommonJS entry to dist/: the same module, and declarations under names that TypeScript treats as CommonJS.
# With `module` node16, it rejects declarations of ES modules there, although Node itself can require ES modules.
set -euo pipefail
cd "${BASH_SOURCE[0]%/*}/../dist"

# src/index.ts, and everything that its declarations import.
readonly DECLARATIONS=(index worker/api worker/worker-info loading/warm-ups)

for name in "${DECLARATIONS[@]}"; do sed "s/\.ts';$/.cts';/" "${name}.d.ts" >"${name}.d.cts"; done
printf "module.exports = require('./index.js');\n" >index.cjs
