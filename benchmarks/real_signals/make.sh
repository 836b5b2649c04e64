#!/usr/bin/env bash
# The samples of benchmarks/real_signals, about 140 000 events, half an hour on two cores:
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

top_pairs() { # name lepton seed events low high
    simulate "$1_$5" benchmarks/real_signals/cards/top_pairs_to_leptons.toml "$4" --seed "$3" \
        --set "parameters.lepton=$2" --set "parameters.low=$5" --set "parameters.high=$6"
}

cards=benchmarks/real_signals/cards
simulate wprime_wz_to_lljj_2000 $cards/wprime_wz_to_lljj.toml 3000 --set parameters.mass=2000
simulate rpv_stop_be_1000 configs/simulate/rpv_stop_bl.toml 4000 \
    --set parameters.mass=1000 --set parameters.electron_share=1
simulate zprime_tt_2000 configs/simulate/zprime_tt.toml 2500 --set parameters.mass=2000
slices dy drell_yan 8000 100 200 400 800 1600 13000
slices tt top_pairs 8000 0 150 300 500 13000
slices zj z_jets 6000 150 300 500 800 13000
top_pairs tm 13 1 4000 0 150
top_pairs tm 13 150 5000 150 300
top_pairs tm 13 300 6000 300 500
top_pairs tm 13 500 6000 500 13000
top_pairs te 11 1001 3000 0 150
top_pairs te 11 1150 4000 150 300
top_pairs te 11 1300 4000 300 500
top_pairs te 11 1500 4000 500 13000
