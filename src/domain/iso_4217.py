"""The currencies that states issue, by their codes in ISO 4217. Codes of funds, metals and tests are left out."""

from domain.currency import Currency

_ZERO = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_TWO = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE
    CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR
    KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB
    PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY
    TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
"""
_THREE = "BHD IQD JOD KWD LYD OMR TND"

# The decimals of each currency in use.
MINOR_UNITS = {code: decimals for codes, decimals in ((_ZERO, 0), (_TWO, 2), (_THREE, 3)) for code in codes.split()}

# What exchanges trade as money, or the bank publishes. Under any other code in use an exchange lists a coin.
_TRADED = """
    AED ARS AUD BRL CAD CHF CNY COP CZK DKK EUR GBP HKD HUF IDR ILS INR ISK JPY KRW MXN MYR NGN NOK NZD PHP PLN RON RUB
    SEK SGD THB TRY UAH USD ZAR
"""
TRADED = frozenset(_TRADED.split())

# Not in use any more, but in the bank's rates of earlier days.
WITHDRAWN = frozenset(["BGN", "CYP", "EEK", "HRK", "LTL", "LVL", "MTL", "ROL", "SIT", "SKK", "TRL"])

# One object each: a series of the bank's rates names them some 200,000 times.
_CURRENCIES = {code: Currency(code) for code in (*MINOR_UNITS, *WITHDRAWN)}


def state_currency(code: str) -> Currency | None:
    """Return the state's currency, in use or withdrawn, that has this code; None if it is no such code."""
    return _CURRENCIES.get(code)


def is_iso_4217(code: str) -> bool:
    """Return whether this is the code of a state's currency, in use or withdrawn."""
    return code in _CURRENCIES
