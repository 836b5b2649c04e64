#!/usr/bin/env bash
# The samples of benchmarks/real_signals, about 150 000 events:
#   benchmarks/real_signals/make.sh FOLDER [WORKERS]
# What is there already is not made again.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=$1
workers=${2:-2}
mkdir -p "$folder"

simulate() { # name card events options...
    local name=$1 card=$2 events=$3
    shift 3
    [ -f "$folder/$name.root" ] && return
    bumpcast simulate "$card" --events "$events" --output "$folder/$name.root" \
        --workers "$workers" --overwrite "$@"
}

slices() { # name card events edges...
    local name=$1 card=benchmarks/real_signals/cards/$2.toml events=$3
    shift 3
    while [ $# -gt 1 ]; do
        simulate "${name}_$1" "$card" "$events" --seed "$1" \
            --set "parameters.low=$1" --set "parameters.high=$2"
        shift
    done
}

simulate wprime_wz_2000 configs/simulate/wprime_wz.toml 3000 --set parameters.mass=2000
simulate rpv_stop_bl_1000 configs/simulate/rpv_stop_bl.toml 3000 --set parameters.mass=1000
slices dy drell_yan 8000 100 200 400 800 1600 13000
slices tt top_pairs 8000 0 150 300 500 13000
slices zj z_jets 6000 150 300 500 800 13000
slices jj multijet 8000 300 450 650 1000 13000
