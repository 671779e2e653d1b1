"""What somebody types who means harm, or whose keyboard is odd."""

FORMULAS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1+1",
    "\r=1+1",
    "  =1+1",
    '=HYPERLINK("https:evil";"Kim")',
    "=cmd|' /C calc'!A0",
    "DDE (cmd;/C calc;x)",
    'x";=1+1;"',
    "x\n=1+1;y",
]
MARKUP = [
    "<script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' autofocus onfocus=alert(1) x='",
    "<svg onload=alert(1)>",
    "<!--<iframe srcdoc=x>-->",
    "</textarea><svg/onload=alert(1)>",
    "javascript:alert(1)",
    "&lt;script&gt;&#x3c;img&#x3e;",
    "{{1234*5678}}",
    "{% for x in ().__class__.__mro__ %}{{x}}{% endfor %}",
    "${1234*5678} #{1234*5678} %(name)s %s {name} {0.__class__}",
    "]]><x/>",
]
LINES = [
    "Kim\r\nBcc: evil@example.net",
    "Kim\nSubject: Gewonnen",
    "Kim\r\n\r\n<b>Text</b>",
    "Kim%0d%0aBcc:%20evil",
    "=?utf-8?q?Kim=0d=0aBcc:_evil?=",
    "Kim\u2028Bcc: evil",
    "Kim\x0bBcc: evil\x0c\x85x",
    "Kim\r\nATTENDEE:mailto:evil",
    "Kim\r\nEND:VEVENT\r\nBEGIN:VALARM\r\nACTION:PROCEDURE\r\nEND:VALARM",
    'Kim";X-EVIL=1:mailto',
    "Kim\\nATTENDEE:evil\\,;",
    ".\r\nQUIT\r\n",
]
ODD = [
    "\ufeffKim",
    "\u202egnp.mik\u202c \u2066x\u2069 \u200f",
    "Kim\x00Muster",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467 Kim",
    "Z" + "\u0334\u0342" * 50,
    "x" * 10_000,
    "\ufffd\ufffe",
    "' OR 1=1; DROP TABLE registration;--",
    "../../../etc/passwd",
    "-",
    "°¤",
]
TEXTS = FORMULAS + MARKUP + LINES + ODD
