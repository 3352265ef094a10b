#!/usr/bin/env bash
# Compiles the TypeScript of src/ into dist/, and builds the page. src/native/build.sh builds the addon.
set -euo pipefail
cd "${BASH_SOURCE[0]%/*}/.."

PATH=${PWD}/node_modules/.bin:${PATH} tsc --project tsconfig.json
src/commonjs.sh
node src/page/build.js dist/page
