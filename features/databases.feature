Feature: Databases

  Scenario: Rows before and after
    Given database "other" is "sqlite://"
    And database "shop" is "sqlite://"
    And I store "2" under "second"
    When SQL "create table orders (id integer, status varchar(20), price numeric(10, 2), is_paid boolean)" is run
    Given rows are inserted into table "orders"
      | id        | status | price | is_paid |
      | 1         | open   | 9.50  | 1       |
      | #{second} | o'x:y  | 12    | 0       |
    When SQL "update orders set status = 'lost' where id = '#{second}'" is run
    Then table "orders" has a row
      | id | status | price | is_paid |
      | 2  | lost   | 12    | false   |
    And table "orders" has no row
      | status |
      | o'x:y  |
    And table "orders" has "2" rows
    And SQL "select id, status, price from orders order by id" gives
      | id | status | price |
      | 1  | open   | 9.5   |
      | 2  | lost   | 12    |
    And SQL "select count(*) from orders where id = #{second}" gives "1"
    And SQL "select * from orders where status = 'a:b'" gives no rows
    And within "5s" SQL "select id from orders where id = 1" gives
      | id |
      | 1  |
    And within "1s" SQL "select count(*) from orders" gives "2"
    And within "500ms" SQL "select 1 from orders where id = 3" gives no rows
    And within "1s" table "orders" has a row
      | id |
      | 1  |
    And within "1s" table "orders" has no row
      | id |
      | 3  |
    And within "1s" table "orders" has "2" rows

  Scenario: Values of a database
    Given I store SQL "select max(id) from orders" under "last"
    And I store SQL "select id, status from orders order by id" under "rows"
    Then variable "#last" is an integer "2"
    And variable "#rows" is JSON "[{"id": 1, "status": "open"}, {"id": 2, "status": "lost"}]"

  Scenario: Another database
    Given database "other" is used
    Then SQL "select count(*) from sqlite_master" gives "0"
    Given database "shop" is used
    And table "orders" is emptied
    Then table "orders" has "0" rows

  @rollback
  Scenario: What is rolled back
    When SQL "insert into orders (id) values (7)" is run
    Then table "orders" has "1" rows

  Scenario: What was rolled back is not there
    Then table "orders" has "0" rows

  Scenario: Connections of zato-apitest
    Given I connect to "sqlite://" as "db"
    And I store filter "id, name" is "greater than, equal to" "1, O'Hara" "and" under "where"
    Then I create SQL table "typed" and insert data from csv "people.csv", using "#db" and names, data types from the header
    And I create SQL table "lines" and insert data from csv "types.csv", using "#db", names from the header and data types from the line below
    And I create SQL table "texts" and insert data from csv "people.csv", using "#db"
    And I insert data from csv "people.csv" to SQL table "typed", using "#db"
    And I insert "3, O'Hara" into "id, name" of SQL table "typed", using "#db"
    And SQL "select id, name, income, born from typed order by id, name" is equal to "[(1, 'Ada', 9.5, '1815-12-10'), (1, 'Ada', 9.5, '1815-12-10'), (2, 'Bob', None, None), (2, 'Bob', None, None), (3, "O'Hara", None, None)]", using "#db"
    And I update "name, income" of SQL table "typed" set "Mary, 7" filter by "#where", using "#db"
    And SQL "select income from typed where name = 'Mary'" is equal to "[(7,)]", using "#db"
    And I delete from SQL table "typed" where "WHERE name = 'Mary'", using "#db"
    And SQL "select count(*) from typed" is equal to "[(4,)]", using "#db"
    And SQL "select count(*), max(col0) from texts" is equal to "[(3, 'id:integer')]", using "#db"
    And SQL "select id, at from lines" is equal to "[(1, '2026-01-31 10:00:00')]", using "#db"
    Given I store "select max(id) from typed" query result under "last", using "#db"
    Then variable "#last" is an integer "2"
    And I disconnect from SQL "#db"
