def test_x(office):
    print(office.board_url, office.cards)
