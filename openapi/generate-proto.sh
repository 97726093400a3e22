#!/bin/sh
# Generates gen/adapterv1 from adapter/v1/adapter.proto. Needs protoc (Debian:
# protobuf-compiler); the Go plugins come from go.mod.
set -eu
command -v protoc >/dev/null || { echo "protoc is missing: install protobuf-compiler" >&2; exit 1; }
bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
GOBIN=$bin go install google.golang.org/protobuf/cmd/protoc-gen-go google.golang.org/grpc/cmd/protoc-gen-go-grpc
mkdir -p ../gen/adapterv1
protoc -I adapter/v1 --plugin="$bin/protoc-gen-go" --plugin="$bin/protoc-gen-go-grpc" \
  --go_out=../gen/adapterv1 --go_opt=paths=source_relative \
  --go-grpc_out=../gen/adapterv1 --go-grpc_opt=paths=source_relative adapter.proto
