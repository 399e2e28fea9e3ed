#!/bin/sh
# Is the deployed service well? azd runs this after every deployment, and anybody may run it again.
#
#   smoke.sh                 ping, readiness, status, a canary referral that travels the whole path, and the write-once policies of the audit trail
#   smoke.sh --break-send    also closes the intake queue for a moment and expects that a referral is refused with a 5xx, never answered 202
#
# SERVICE_URL       where the service is (azd sets it)
# SMOKE_WAIT        seconds to wait for each step; new role assignments take minutes to be known everywhere (default 600)
# STAGE             in "production" the policies must be locked; elsewhere it only says whether they are
# For the policies, with the Azure CLI, signed in:
#   AUDIT_ACCOUNT, AUDIT_RESERVE_ACCOUNT          (azd sets both)
# For --break-send, which needs the Azure CLI, signed in:
#   AZURE_RESOURCE_GROUP, SERVICE_BUS_NAMESPACE   (azd sets both)
#   SMOKE_TOKEN          bearer token of a referring clinician
#   SMOKE_ORGANISATION   the organisation the token is good for
#   SMOKE_REFERRAL       a file with the referral to send, of an invented patient: it is accepted if the check fails
set -eu

url=${SERVICE_URL:?Set SERVICE_URL to the address of the service.}
wait=${SMOKE_WAIT:-600}
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

say() { printf 'smoke: %s\n' "$*"; }
fail() { printf 'smoke: FAILED: %s\n' "$*" >&2; exit 1; }

# get PATH: the status code; the body is in $answer. 000 when there was no answer.
get() { curl -sS -m 30 -o "$answer" -w '%{http_code}' "$url$1" 2>/dev/null || true; }

# until_ok WHAT COMMAND...: repeats the command until it succeeds or the time is over.
until_ok() {
  what=$1; shift
  deadline=$(($(date +%s) + wait))
  until "$@"; do
    [ "$(date +%s)" -lt "$deadline" ] || fail "$what was not so within $wait s. Last answer: $(cat "$answer")"
    sleep 5
  done
  say "$what"
}

answers_200() { [ "$(get "$1")" = 200 ]; }
state_is_not_down() { answers_200 /v1/status && ! grep -q '"state":"down"' "$answer"; }
last_canary() { answers_200 /v1/status && sed -n 's/.*"lastSeen":"\([^"]*\)".*/\1/p' "$answer"; }
canary_is_newer() { newest=$(last_canary) && [ -n "$newest" ] && [ "$newest" != "$before" ]; }

until_ok 'The service answers' answers_200 /_ping
until_ok 'Everything that it needs answers' answers_200 /health/ready
until_ok 'The status is not down' state_is_not_down
before=$(last_canary || true)
until_ok 'A canary referral reached its worklist' canary_is_newer

# A policy that is not locked can be removed, and the audit trail with it.
policy_of() {
  az storage container immutability-policy show ${AZURE_SUBSCRIPTION_ID:+--subscription "$AZURE_SUBSCRIPTION_ID"} \
    --account-name "$1" -c audit --query state -o tsv 2>"$answer" || true
}
policy_is_locked() {
  if [ -z "$2" ]; then state='unknown: azd env refresh sets the name of the account'; else state=$(policy_of "$2"); fi
  [ "$state" != Locked ] || { say "The write-once policy of the $1 account is locked"; return; }
  [ -n "$state" ] || state="unknown: $(head -n 1 "$answer")"
  found="The write-once policy of the $1 account${2:+ $2} is not locked (${state}), so that the audit trail can be removed"
  [ "${STAGE:-test}" = production ] || { say "$found. In production this fails."; return; }
  fail "$found. Lock the policies of both accounts: infra/README.md, 'The audit trail is write-once'. The service itself is deployed, and works."
}
policy_is_locked audit "${AUDIT_ACCOUNT:-}"
policy_is_locked 'audit reserve' "${AUDIT_RESERVE_ACCOUNT:-}"

[ "${1:-}" = --break-send ] || exit 0

: "${AZURE_RESOURCE_GROUP:?}" "${SERVICE_BUS_NAMESPACE:?}" "${SMOKE_TOKEN:?}" "${SMOKE_ORGANISATION:?}" "${SMOKE_REFERRAL:?}"
queue_is() {
  az servicebus queue update -g "$AZURE_RESOURCE_GROUP" --namespace-name "$SERVICE_BUS_NAMESPACE" -n referral-submitted --status "$1" -o none
}
refer() {
  curl -sS -m 60 -o "$answer" -w '%{http_code}' "$url/v1/referrals" -H 'Content-Type: application/json' \
    -H "Authorization: Bearer $SMOKE_TOKEN" -H "NHSD-End-User-Organisation-ODS: $SMOKE_ORGANISATION" \
    -H 'NHSD-eRS-Business-Function: REFERRING_CLINICIAN' --data-binary "@$SMOKE_REFERRAL" || true
}

# Whatever happens from here on, the queue is opened again.
trap 'queue_is Active; rm -f "$answer"' EXIT
trap 'exit 1' INT TERM HUP
queue_is SendDisabled
sleep 15
code=$(refer)
case $code in
  5??) say "With the queue closed a referral is refused ($code)" ;;
  2??) fail "With the queue closed a referral was answered $code: an accepted referral can be lost. Take this version out of service." ;;
  *) fail "With the queue closed a referral was answered $code. Is the token good, and the referral? $(cat "$answer")" ;;
esac
