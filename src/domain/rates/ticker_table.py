"""What exchanges call otherwise than others do, as of 26 November 2026. `tickers.py` reads it."""

# Exchange, its ticker, the name here, and the days from and until which that holds; `*` stands for all exchanges, and
# `-` for no such day. A name with an exchange in it, such as BIFI.KUCOIN, is that of a coin whose ticker means another
# coin elsewhere, and one that ends in .TOKEN that of a coin whose ticker is the code of a state's money.
TICKERS = """
*       XBT     BTC             -           -
*       XDG     DOGE            -           -
*       BCHSV   BSV             -           -
*       GALAX   GALA            -           -
*       WAX     WAXP            -           -
*       BTT     BTTC            2022-01-18  -
*       LUNA    LUNC            -           2022-05-28
*       UST     USTC            -           2022-05-28
kraken  LUNA    LUNC            -           -
kraken  LUNA2   LUNA            -           -
kraken  UST     USTC            -           -
kraken  REP     REPV1           -           -
kraken  REPV2   REP             -           -
kucoin  KALT    ALT             -           -
kucoin  ALT     ALT.KUCOIN      -           -
kucoin  BIFI    BIFI.KUCOIN     -           -
kucoin  MC      MC.KUCOIN       -           -
kucoin  VAI     VAI.KUCOIN      -           -
kucoin  RON     RON.TOKEN       -           -
kraken  RON     RON.TOKEN       -           -
okx     RON     RON.TOKEN       -           -
bybit   RON     RON.TOKEN       -           -
coinbase RON    RON.TOKEN       -           -
coinbase CGLD   CELO            -           -
"""

# A ticker for many units of a coin, the coin, and how many: never guessed from digits, since 1INCH is a coin.
SCALED = """
1000SATS    SATS      1000
1000CAT     CAT       1000
1000CHEEMS  CHEEMS    1000
1MBABYDOGE  BABYDOGE  1000000
"""
