# shellcheck shell=sh disable=SC2034
# Sourced by deploy/civic when --bundle is given: a bundle is checked before anything of it is run, on a machine without Python.
#
#   check_bundle FILE KEYS     enough of those in the folder KEYS signed its list; sets $unpacked, where the list lies
#   unpack_bundle              takes out what this machine needs, each file as the list says
#
# The Python code looks at the bundle as a whole again, and says more exactly what is wrong with one.

refuse() { # CAUSE NEXT
    exit_code=3 fail "$1" "Nothing was changed." "$2"
}

check_bundle() { # FILE KEYS
    bundle=$1
    [ -r "$bundle" ] || refuse "MISSING: $bundle cannot be read." "Name a bundle that is there."
    [ -r "$2/allowed_signers" ] || refuse "NO_KEYS: $2 holds no file allowed_signers." "--keys FOLDER"
    grep -q '^[^#]' "$2/allowed_signers" || refuse "NO_KEYS: there is no key in $2 yet to check it by." "--keys FOLDER"
    command -v ssh-keygen >/dev/null || refuse "ssh-keygen is needed to check the bundle; this machine has none." \
        "$(as_administrator 'apt-get install openssh-client'), or install over SSH from another machine: --host"
    unpacked=$(mktemp -d "${TMPDIR:-/var/tmp}/civic-bundle-XXXXXX")
    trap clean_up EXIT
    trap 'exit 130' INT TERM HUP
    tar -xOf "$bundle" MANIFEST.json >"$unpacked/MANIFEST.json" 2>/dev/null ||
        refuse "NOT_A_BUNDLE: $bundle is not a bundle, or not a whole one." "Copy or download it again, whole."
    threshold=$(cat "$2/threshold" 2>/dev/null || echo 1)
    signers=$(list_signers "$2" | sort -u)
    [ "$(printf '%s' "$signers" | grep -c .)" -ge "$threshold" ] ||
        refuse "UNKNOWN_KEY: $threshold of the signers in $2 are needed; it is signed by ${signers:-none of them}." \
            "Take the bundle from the project, or name the keys that you trust: --keys FOLDER"
    expires_on=$(sed -n '1s/.*"expires_on": "\([0-9-]*\)".*/\1/p' "$unpacked/MANIFEST.json") today=$(date -u +%F)
    [ "$(printf '%s\n' "$today" "$expires_on" | sort | head -n 1)" = "$today" ] ||
        refuse "EXPIRED: $bundle was good until $expires_on." "Take a newer one; if this is the newest, check the clock (timedatectl)."
}

list_signers() { # KEYS: a name a line
    number=1
    while signature=signatures/0$number.sig && tar -xOf "$bundle" "$signature" >"$unpacked/signature" 2>/dev/null; do
        number=$((number + 1))
        name=$(ssh-keygen -Y find-principals -s "$unpacked/signature" -f "$1/allowed_signers" 2>/dev/null | head -n 1)
        [ -n "$name" ] && ssh-keygen -Y verify -n civic-bundle -s "$unpacked/signature" -f "$1/allowed_signers" -I "$name" \
            -r "$1/revoked_keys" <"$unpacked/MANIFEST.json" >/dev/null 2>&1 && printf '%s\n' "$name"
    done
    :
}

unpack_bundle() {
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME-}")
    sed -n 's/^ *{"name": "\([^"]*\)", "sha256": "\([0-9a-f]*\)".*/\2  \1/p' "$unpacked/MANIFEST.json" |
        grep -e '  wheels/' -e '  requirements.lock$' -e '  civic-[^/]*\.whl$' -e "  debs/$codename/" >"$unpacked/sums"
    cut -c 67- "$unpacked/sums" >"$unpacked/names"
    {
        tar -xf "$bundle" -C "$unpacked" --no-same-owner -T "$unpacked/names" &&
            (cd "$unpacked" && sha256sum --check --quiet --strict sums)
    } >"${said:?}" 2>&1 || refuse "DAMAGED: what is in $bundle is not what was signed: $(tail -n 1 "$said")" \
        "Copy or download it again; if it stays so, somebody has changed it."
    [ ! -d "$unpacked/debs/$codename" ] || only_from="$unpacked/debs/$codename"
}
