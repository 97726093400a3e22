#!/bin/sh
# Generates a package of gen/ from an OpenAPI document: oapi-codegen with its own
# templates, but answers are written without escaping &, < and > for HTML, as the
# vendors write theirs, and the embedded document is decoded when it is asked for:
# every plugin process holds the packages of all providers and needs one document.
# Usage: generate-api.sh -config configs/<name>.cfg.yaml <name>.yaml
set -eu
module=$(go list -m -f '{{.Dir}}' github.com/oapi-codegen/oapi-codegen/v2)
template=strict/strict-interface.tmpl
templates=$(mktemp -d)
trap 'rm -rf "$templates"' EXIT
mkdir "$templates/strict"
sed 's/if err := json\.NewEncoder(&buf)\.Encode(/enc := json.NewEncoder(\&buf)\
                    enc.SetEscapeHTML(false)\
                    if err := enc.Encode(/' "$module/pkg/codegen/templates/$template" >"$templates/$template"
[ "$(grep -c 'SetEscapeHTML(false)' "$templates/$template")" = 1 ] ||
  { echo "oapi-codegen's $template has changed: adapt $0" >&2; exit 1; }
template=inline.tmpl
sed -e 's/var rawSpec = decodeSpecCached()/var rawSpec = sync.OnceValues(decodeSpec)/' \
  -e '/^\/\/ a naive cache/,/^}/d' -e 's/is cached at package init time, so/is cached, so/' \
  "$module/pkg/codegen/templates/$template" >"$templates/$template"
[ "$(grep -c 'sync.OnceValues\|decodeSpecCached' "$templates/$template")" = 1 ] ||
  { echo "oapi-codegen's $template has changed: adapt $0" >&2; exit 1; }
go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen -templates "$templates" "$@"
