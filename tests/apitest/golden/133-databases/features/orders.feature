Feature: Orders

  Scenario: Rows that aren't there
    Given database "shop" is "sqlite://"
    When SQL "create table orders (id integer, status text)" is run
    Given rows are inserted into table "orders"
      | id | status |
      | 1  | open   |
      | 2  | paid   |
    Then table "orders" has a row
      | id | status |
      | 2  | open   |
    And table "orders" has no row
      | status |
      | paid   |
    And table "orders" has "3" rows
    And SQL "select id, status from orders" gives
      | id | status |
      | 1  | lost   |
      | 2  | paid   |
    And SQL "select id from orders" gives
      | id |
      | 1  |
    And SQL "select id from orders" gives "1"
    And SQL "select id from orders" gives no rows
    And within "200ms" SQL "select status from orders where id = 1" gives "paid"
    And within "soon" SQL "select 1" gives "1"
    And table "orders" has a row
    And SQL "selct 1" gives "1"
    And SQL "select * from orders where status = 'x #{id}'" gives no rows

  Scenario: A database that isn't named
    Given database "shp" is used

  Scenario: A database that refuses
    Given database "crm" is "$SHOP_DB"
    When SQL "select 1" is run

  Scenario: No database
    Given database "crm" is "orders"

  Scenario: A connection that is none
    Then I disconnect from SQL "db"
