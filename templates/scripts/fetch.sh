# Brings a snapshot into the folder that the steps share: whole, with the checksum that it must have, and unpacked.
# Nothing is known of the image but its one program, so the rest is busybox.
set -eu
busybox=/previewc/busybox
if [ -e "$PREVIEWC_FLAGS/restored" ]; then exit 0; fi
from=$PREVIEWC_SNAPSHOT_FROM new=$PREVIEWC_FLAGS/snapshot.new
case $from in
  http://* | https://*)
    echo "fetching the snapshot" >&2
    curl -q --fail --silent --show-error --location --globoff --retry 3 --retry-connrefused --proto =http,https --output "$new" "$from"
    ;;
  s3://*)
    echo "fetching the snapshot" >&2
    if [ -n "${AWS_ACCESS_KEY_ID:-}" ]; then
      aws s3 cp --only-show-errors "$from" "$new"
    else
      aws s3 cp --only-show-errors --no-sign-request "$from" "$new"
    fi
    ;;
  *) new=$from ;;
esac
is=$("$busybox" sha256sum <"$new")
if [ "${is%% *}" != "$PREVIEWC_CHECKSUM" ]; then
  echo "the snapshot is not the one that was meant: its checksum is ${is%% *}, not $PREVIEWC_CHECKSUM" >&2
  if [ "$new" != "$from" ]; then "$busybox" rm -f "$new"; fi
  exit 1
fi
if [ -n "${PREVIEWC_GZIP:-}" ]; then
  "$busybox" gunzip -c <"$new" >"$PREVIEWC_SNAPSHOT"
elif [ "$new" = "$from" ]; then
  "$busybox" cp "$new" "$PREVIEWC_SNAPSHOT"
else
  "$busybox" mv -f "$new" "$PREVIEWC_SNAPSHOT"
fi
if [ "$new" != "$from" ]; then "$busybox" rm -f "$new"; fi
